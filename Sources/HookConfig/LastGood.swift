import Foundation
import LinuxKit

/// The last configuration that worked: one that is wrong, gone or empty keeps no PC from booting. It lies in `state`,
/// and beside the views, where `once` finds it by rsyncd's module.
package struct LastGood: Sendable, Codable, Equatable {
    /// The configuration's file, as an absolute path.
    package let file: String
    /// The whole of it, comments included.
    package let text: String
    /// When the daemon began to work with it, milliseconds since 1970.
    package let at: Int64

    private static let name = "last-good.json"
    private static let limit = 4 << 20
    /// What the packages and the unit use.
    private static let usualDirectories = ["/var/lib/linbo-hookd", "/srv/linbo/.linbo-hookd"]

    /// - Parameter file: made absolute, by the working directory.
    package init(file: String, text: String, at: Int64 = UnixTime.nowMilliseconds()) {
        self.file = Self.absolute(file)
        self.text = text
        self.at = at
    }

    /// Finds what was kept of a file.
    /// - Parameter directory: where to look first.
    package init?(of file: String, near directory: String? = nil) {
        let named = (try? ConfigFile.text(of: file)).flatMap { Self.state(in: $0) }
        let systemd = ProcessInfo.processInfo.environment["STATE_DIRECTORY"]
        let directories = [directory, named, systemd].compactMap { $0 } + Self.usualDirectories
        let wanted = Self.absolute(file)
        guard let found = directories.lazy.compactMap({ Self.read($0) }).first(where: { $0.file == wanted }) else {
            return nil
        }
        self = found
    }

    /// Keeps it in directories, but for those that hold it already.
    /// - Throws: `SystemError`.
    package func keep(in directories: [String]) throws {
        for directory in directories {
            // A file that was moved has the same text, and is looked for by its own name.
            if let kept = Self.read(directory), kept.text == text, kept.file == file { continue }
            try AtomicFile.replace(
                "\(directory)/\(Self.name)", with: Array(try JSONEncoder().encode(self)), mode: 0o600)
        }
    }

    /// Only what root or this user has written counts.
    private static func read(_ directory: String) -> LastGood? {
        guard let (bytes, status) = try? FileBytes.read("\(directory)/\(name)", limit: limit),
            status.owner == 0 || status.owner == geteuid()
        else { return nil }
        return try? JSONDecoder().decode(LastGood.self, from: Data(bytes))
    }

    private static func absolute(_ file: String) -> String { URL(fileURLWithPath: file).standardizedFileURL.path }

    /// `state:` of a text that need not be YAML.
    private static func state(in text: String) -> String? {
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("state:") {
            let path = scalar(line.dropFirst("state:".count))
            if path.hasPrefix("/") { return path }
        }
        return nil
    }

    /// A value without its quotes and the comment behind it: within quotes, or right behind a letter, `#` begins none.
    private static func scalar(_ text: Substring) -> String {
        let value = text.trimmingCharacters(in: .whitespaces)
        if let quote = value.first, quote == "'" || quote == "\"" {
            return String(value.dropFirst().prefix { $0 != quote })
        }
        let end = value.firstRange(of: /[ \t]#/)?.lowerBound ?? value.endIndex
        return value[..<end].trimmingCharacters(in: .whitespaces)
    }
}
