import Glibc
import HookHost
import LinuxKit
import Programs

/// The file that a DHCP server includes: generated, checked by the server's own program, and replaced whole.
package struct DHCPFile: Sendable {
    /// Which file, of which server, and how it is checked.
    package let settings: DHCPSettings

    private static let sizeLimit = 256 << 20

    /// Nothing is read or made yet.
    package init(_ settings: DHCPSettings) {
        self.settings = settings
    }

    /// What is there now; nil: no file yet.
    /// - Throws: `SystemError`, `FileBytes.TooLarge`.
    package func current() throws -> String? {
        do {
            let bytes = try FileBytes.read(followingLinks: settings.file, limit: Self.sizeLimit)
            return String(decoding: bytes, as: UTF8.self)
        } catch let error as SystemError where error.code == ENOENT {
            return nil
        }
    }

    /// Has the server's program read a whole configuration that includes what was generated.
    /// - Throws: `DHCPError` with the lines that are wrong.
    package func check(_ rendering: Rendering) async throws(DHCPError) {
        let trial = try Trial(rendering, settings)
        defer { trial.hold() }
        let program = settings.checker ?? settings.server.checker.program
        let result: Program.Outcome
        do throws(ProgramFailure) {
            result = try await Program.run(
                [program] + settings.server.arguments(toCheck: trial.main), .inherited(["KEA_LOCKFILE_DIR": "none"]))
        } catch {
            throw DHCPError(
                "\(error): nothing is checked, so nothing goes live",
                fix:
                    "apt-get install --no-install-recommends \(settings.server.checker.package), or name it in dhcp.checker"
            )
        }
        guard !result.isSuccess else { return }
        let words = CheckerWords(
            output: result.output, rendering: rendering, settings: settings, included: trial.included, main: trial.main)
        throw DHCPError(
            "\(program) does not take it (\(result.status)):\n\(words.lines.joined(separator: "\n"))\n"
                + "\(settings.file) is as it was",
            fix: "correct that, and apply again")
    }

    /// Replaces the file, and tells the server. If the server does not take it, the old file comes back.
    /// - Throws: `DHCPError`.
    package func replace(with rendering: Rendering) async throws(DHCPError) {
        let old: String?
        do { old = try current() } catch { throw DHCPError("\(error)", fix: "see to it that it can be read") }
        try write(rendering.text)
        do throws(ProgramFailure) {
            try await Program.order(settings.reload)
        } catch {
            if let old { try write(old) } else { unlink(settings.file) }
            throw DHCPError(
                "\(error): \(settings.file) is as it was", fix: "see why, or correct dhcp.reload; then apply again")
        }
    }

    private func write(_ text: String) throws(DHCPError) {
        do throws(SystemError) {
            // A symlink stays one.
            let target = Self.realPath(settings.file) ?? settings.file
            try AtomicFile.replace(target, with: Array(text.utf8), mode: 0o644)
        } catch {
            throw DHCPError("\(error)", fix: "make the directory, or run this as root")
        }
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// Why a configuration is not generated, or does not go live.
package struct DHCPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong; the checker's lines stand in it, so it may have several.
    package let what: String
    /// What the admin does about it.
    package let fix: String

    init(_ what: String, fix: String) {
        self.what = what
        self.fix = fix
    }

    /// Both in one text.
    package var description: String { "\(what); \(fix)" }
}

extension DHCPServer {
    fileprivate func arguments(toCheck main: String) -> [String] {
        switch self {
        case .isc: ["-4", "-t", "-cf", main]  // with -q it would not tell errors
        case .dnsmasq: ["--test", "--conf-file=\(main)"]
        case .kea: ["-t", main]
        }
    }
}
