import LinboModel
import LinuxKit

/// The configuration's file, as text.
package enum ConfigFile {
    /// - Throws: `ConfigError` for a file that can't be read, or has nothing in it.
    package static func text(of file: String) throws(ConfigError) -> String {
        do {
            let bytes = try FileBytes.read(followingLinks: file, limit: 1 << 20)
            guard let text = String(validating: bytes, as: UTF8.self) else { throw NotText() }
            guard text.split(whereSeparator: \.isNewline).contains(where: { Self.isSetting($0) }) else {
                throw Empty()
            }
            return text
        } catch let error as Empty {
            throw ConfigError("\(error)", fix: "write it anew from the sample", at: .init(file: file, line: 1))
        } catch {
            let isDenied = (error as? SystemError).map { PermissionDenied(file, code: $0.code) != nil } ?? false
            throw ConfigError(
                "can't be read: \(error)",
                fix: isDenied ? PermissionDenied.fix : "give the right file with --config",
                at: .init(file: file, line: 1))
        }
    }

    private static func isSetting(_ line: Substring) -> Bool {
        (line.drop { $0 == " " || $0 == "\t" || $0 == "\u{FEFF}" }.first ?? "#") != "#"
    }

    private struct Empty: Error, CustomStringConvertible {
        var description: String { "nothing stands in it" }
    }

    private struct NotText: Error, CustomStringConvertible {
        var description: String { "it is not UTF-8" }
    }
}
