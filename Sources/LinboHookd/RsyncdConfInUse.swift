import HookConfig
import HookHost
import LinboModel

/// The rsyncd.conf(5) of this machine, as far as it must hold what `linboctl rsyncd-conf` prints.
struct RsyncdConfInUse {
    struct Module {
        let name: String
        let location: SourceLocation
        var values: [String: String]

        /// By its hooks, whatever it is called.
        var isOurs: Bool { values.contains { $0.key.hasSuffix("exec") && $0.value.contains("linbo-hook ") } }
    }

    private(set) var modules: [Module] = []
    /// What stands above all modules holds for each.
    private var global: [String: String] = [:]

    private static let depth = 4
    private static let limit = 1 << 20
    /// Without them a connection can last for ever.
    private static let limits = ["timeout", "max connections"]

    /// A file that is not there, or can't be read, has no modules.
    init(file: String) {
        read(file, depth: 0)
    }

    static func problems(_ config: Config) -> [Problem] {
        RsyncdConfInUse(file: config.rsync.conf).modules.filter(\.isOurs).flatMap { module in
            limits.filter { module.values[$0].map { $0 == "0" } ?? true }.map { key in
                Problem(
                    location: module.location,
                    what: "module \(module.name) has no `\(key)`: connections that hang stay, and keep old images",
                    mend: "print the modules anew with `linboctl rsyncd-conf`", severity: .warning)
            }
        }
    }

    private mutating func read(_ file: String, depth: Int) {
        guard depth < Self.depth, let bytes = try? FileBytes.read(followingLinks: file, limit: Self.limit) else {
            return
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let text = Self.trimmed(line)
            if let path = Self.included(text) {
                for file in Self.files(path) { read(file, depth: depth + 1) }
            } else if text.first == "[", let end = text.firstIndex(of: "]") {
                modules.append(
                    Module(
                        name: String(text[text.index(after: text.startIndex)..<end]),
                        location: SourceLocation(file: file, line: index + 1, column: 1), values: global))
            } else if text.first != "#", text.first != ";", let equals = text.firstIndex(of: "=") {
                set(Self.trimmed(text[..<equals]), Self.trimmed(text[text.index(after: equals)...]))
            }
        }
    }

    /// Names are compared without regard to case and to how many blanks are in them.
    private mutating func set(_ key: Substring, _ value: Substring) {
        let name = key.lowercased().split(separator: " ").joined(separator: " ")
        if modules.isEmpty {
            global[name] = String(value)
        } else {
            modules[modules.count - 1].values[name] = String(value)
        }
    }

    private static func included(_ text: Substring) -> String? {
        for word in ["&include", "&merge"] where text.hasPrefix(word + " ") {
            return String(trimmed(text.dropFirst(word.count)))
        }
        return nil
    }

    /// A folder stands for its files.
    private static func files(_ path: String) -> [String] {
        guard FileStatus(followingLinks: path)?.kind == .folder else { return [path] }
        return FileTree.names(in: path).sorted().filter { $0.hasSuffix(".conf") || $0.hasSuffix(".inc") }
            .map { "\(path)/\($0)" }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" || last == "\r" { text.removeLast() }
        return text
    }
}
