import Glibc
package import Logging

/// Where words for people go: results to standard output, complaints and the log to standard error.
package enum Terminal {
    package static func complain(_ text: String) {
        let line = text.hasSuffix("\n") ? text : text + "\n"
        _ = Array(line.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    package static func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "linbo-hookd") {
            LimitedLog(PlainLines(StreamLogHandler.standardError(label: $0)))
        }
        logger.logLevel = level
        return logger
    }

    package static let silent = Logger(label: "linbo-hookd") { _ in SwiftLogNoOpLogHandler() }

    /// Colour only where a person looks, and not if they said no (no-color.org).
    package static let hasColour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil
}
