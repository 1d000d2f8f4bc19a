import HookConfig
import HookHost
import LinboModel
import LinuxKit
import Uploads

/// The rsyncd.conf(5) of this machine, as far as it must hold what `linboctl rsyncd-conf` prints.
struct RsyncdConfInUse {
    struct Module {
        let name: String
        let location: SourceLocation
        /// A name that stands again goes on with the same module, and its later values win (rsync's params.c).
        var values: [String: Value]

        /// By its hooks, whatever it is called.
        var isOurs: Bool { values.contains { $0.key.hasSuffix("exec") && $0.value.isHook } }
    }

    struct Value {
        let text: String
        let location: SourceLocation

        var isHook: Bool { text.contains("linbo-hook ") }
    }

    private(set) var modules: [Module] = []
    /// What stands above all modules holds for each.
    private var global: [String: Value] = [:]
    /// To which module lines belong.
    private var current: Int?
    /// Files that an include names and that are not there.
    private var missing: [(include: SourceLocation, file: String)] = []

    private static let depth = 4
    private static let limit = 1 << 20
    /// Without them a connection can last for ever.
    private static let limits = ["timeout", "max connections"]

    /// A file that is not there, or can't be read, has no modules.
    init(file: String) {
        read(file, depth: 0)
    }

    /// Where rsyncd listens: its `port`, or what is usual (rsyncd.conf(5)).
    var port: UInt16 { global["port"].flatMap { UInt16($0.text) } ?? 873 }

    static func problems(_ config: Config) -> [Problem] {
        let file = config.rsync.conf
        guard FileStatus(followingLinks: file) != nil else {
            guard config.names("rsync.conf") else { return [] }
            return [
                Problem(
                    location: config.location(of: "rsync.conf"),
                    what: "\(SystemError("stat", file)): no PC gets anything by rsync",
                    fix: "name rsyncd's configuration, with `linboctl rsyncd-conf` included in it", severity: .warning)
            ]
        }
        let conf = RsyncdConfInUse(file: file)
        return conf.missing.map { include, gone in
            Problem(
                location: include, what: "there is no \(gone): rsyncd does not start, and no PC gets anything",
                fix: "print it anew: linboctl rsyncd-conf >\(gone)")
        } + conf.modules.flatMap { Self.problems(of: $0, config) } + conf.absent(config)
    }

    /// Modules that a server with these hooks has.
    private static let ours = ["linbo", "linbo-upload"]

    /// None of them has our hooks: PCs are served as before, without anything of their own.
    private func absent(_ config: Config) -> [Problem] {
        let lacking = Self.ours.filter { name in !modules.contains { $0.name.lowercased() == name && $0.isOurs } }
        guard let first = lacking.first, missing.isEmpty else { return [] }
        return [
            Problem(
                location: SourceLocation(file: config.rsync.conf, line: 1),
                what: "no module [\(first)] with the hooks of linbo-hookd: PCs get nothing of their own by it",
                fix: "include what `linboctl rsyncd-conf` prints, in place of the old modules", severity: .warning)
        ]
    }

    private static func problems(of module: Module, _ config: Config) -> [Problem] {
        guard module.isOurs else { return [] }
        return mixed(module, config)
            + limits.filter { module.values[$0].map { $0.text == "0" } ?? true }.map { key in
                Problem(
                    location: module.location,
                    what: "module \(module.name) has no `\(key)`: connections that hang stay, and keep old images",
                    fix: "print the modules anew with `linboctl rsyncd-conf`", severity: .warning)
            }
    }

    /// Old modules that stand below the new ones, or other hooks: rsyncd refuses all PCs, or serves another tree.
    private static func mixed(_ module: Module, _ config: Config) -> [Problem] {
        let base = module.name.lowercased() == "linbo-upload" ? config.uploadPaths.base : config.linbo.views
        let path = "\(base)/views/%RSYNC_HOST_ADDR%"
        func wrong(_ value: Value?, _ what: String) -> Problem {
            Problem(
                location: value?.location ?? module.location,
                what: "module \(module.name): \(what): all PCs are refused",
                fix: "leave one module of that name, as `linboctl rsyncd-conf` prints it")
        }
        if let value = module.values["path"], value.text != path {
            return [wrong(value, "its path is \(value.text), and the hooks need \(path)")]
        }
        return ["early exec", "pre-xfer exec", "post-xfer exec"].compactMap { key in
            guard let value = module.values[key] else { return wrong(nil, "it has no `\(key)`") }
            return value.isHook ? nil : wrong(value, "its `\(key)` is another program's")
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
                include(path, from: SourceLocation(file: file, line: index + 1, column: 1), depth)
            } else if text.first == "[", let end = text.firstIndex(of: "]") {
                begin(
                    String(text[text.index(after: text.startIndex)..<end]),
                    at: SourceLocation(file: file, line: index + 1, column: 1))
            } else if text.first != "#", text.first != ";", let equals = text.firstIndex(of: "=") {
                set(
                    Self.trimmed(text[..<equals]),
                    Value(
                        text: String(Self.trimmed(text[text.index(after: equals)...])),
                        location: SourceLocation(file: file, line: index + 1, column: 1)))
            }
        }
    }

    private mutating func include(_ path: String, from place: SourceLocation, _ depth: Int) {
        let files = Self.files(path)
        if files == [path], FileStatus(followingLinks: path) == nil { missing.append((place, path)) }
        // What an included file sets stays within it, but for its modules.
        let outer = current
        for file in files { read(file, depth: depth + 1) }
        current = outer
    }

    private mutating func begin(_ name: String, at place: SourceLocation) {
        current = modules.firstIndex { $0.name.lowercased() == name.lowercased() }
        guard current == nil else { return }
        current = modules.count
        modules.append(Module(name: name, location: place, values: global))
    }

    /// Names are compared without regard to case and to how many blanks are in them.
    private mutating func set(_ key: Substring, _ value: Value) {
        let name = key.lowercased().split(separator: " ").joined(separator: " ")
        if let current { modules[current].values[name] = value } else { global[name] = value }
    }

    private static func included(_ text: Substring) -> String? {
        for word in ["&include", "&merge"] where text.hasPrefix(word + " ") {
            return String(trimmed(text.dropFirst(word.count)))
        }
        return nil
    }

    /// A directory stands for its files.
    private static func files(_ path: String) -> [String] {
        guard FileStatus(followingLinks: path)?.kind == .directory else { return [path] }
        return FileTree.names(in: path).sorted().filter { $0.hasSuffix(".conf") || $0.hasSuffix(".inc") }
            .map { "\(path)/\($0)" }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" || last == "\r" { text.removeLast() }
        return text
    }
}
