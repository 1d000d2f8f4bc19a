import Glibc

/// Where words for people go: results to standard output, complaints to standard error.
package enum Terminal {
    /// Writes to standard error, on a line of its own.
    package static func complain(_ text: String) {
        let line = text.hasSuffix("\n") ? text : text + "\n"
        _ = Array(line.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Tells of hosts that were among those that were named, and get no commands; nothing if there are none.
    package static func complain(skipped hosts: [String]) {
        guard !hosts.isEmpty else { return }
        complain(
            "linboctl: skipped, as LINBO commands are for PXE flags 1 and 2: " + hosts.joined(separator: ", "))
    }

    /// Moves to the top of an empty screen (ECMA-48: CUP, ED).
    package static let cleared = "\u{1B}[H\u{1B}[2J"

    /// Whoever follows results through a pipe sees them as they come.
    package static func flush() {
        fflush(nil)
    }

    /// Of the terminal that results go to; nil: they go to a file or a program, which wants whole lines.
    package static let width: Int? = size.map { $0.ws_col > 0 ? Int($0.ws_col) : 80 }

    /// The same of its lines.
    package static let height: Int? = size.map { $0.ws_row > 0 ? Int($0.ws_row) : 24 }

    private static let size: winsize? = {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 ? size : winsize()
    }()

    /// Colour only where a person looks, and not if they said no (no-color.org).
    package static let hasColour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil
}
