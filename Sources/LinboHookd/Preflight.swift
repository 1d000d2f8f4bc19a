import Glibc
import HookHost
import HookWire
package import LinboModel
import LinuxKit

/// What must be true of the disk before clients are served.
package enum Preflight {
    /// - Returns: what keeps the daemon from serving, at the line of the configuration's file where it can be fixed.
    package static func problems(_ config: Config) -> [Problem] {
        tree(config) + state(config) + socket(config)
    }

    private static func tree(_ config: Config) -> [Problem] {
        guard let root = FileStatus(at: config.linbo.root), root.kind == .directory else {
            return [
                problem(
                    config, "linbo.root", "linbo.root \(config.linbo.root) is no directory",
                    fix: "set linbo.root to the LINBO tree, usually /srv/linbo")
            ]
        }
        return swallowed(config) + mounts(config) + views(config, root: root) + links(config)
    }

    /// The server's own directories are served to nobody, so the tree can't lie in one of them.
    private static func swallowed(_ config: Config) -> [Problem] {
        [("linbo.views", config.linbo.views), ("state", config.state)].filter {
            Internals.swallow(root: config.linbo.root, place: $0.1)
        }.map { setting, directory in
            problem(
                config, setting, "the tree \(config.linbo.root) lies in \(setting) \(directory), which nobody may read",
                fix: "set \(setting) to a directory of its own")
        }
    }

    /// Hard links can't cross a mount, even one of the same filesystem (link(2), EXDEV).
    private static func mounts(_ config: Config) -> [Problem] {
        let root = config.linbo.root
        return Mounts.current().filter { $0.hasPrefix(root + "/") && !isInternal($0, config) }.map { mount in
            problem(
                config, "linbo.root",
                "\(mount) is a mount inside the tree, and hard links from views can't reach into it",
                fix: "mount that filesystem at \(root) itself, or move its files into the tree's own")
        }
    }

    private static func isInternal(_ mount: String, _ config: Config) -> Bool {
        mount == config.linbo.views || mount.hasPrefix(config.linbo.views + "/")
    }

    /// The views' filesystem, seen by a real hard link: other directories may be subvolumes or mounts of any kind.
    private static func views(_ config: Config, root: FileStatus) -> [Problem] {
        let base = config.linbo.views
        if mkdir(base, 0o711) != 0, errno != EEXIST {
            return [
                problem(
                    config, "linbo.views", "\(SystemError("mkdir", base))",
                    fix:
                        "run as root, or set linbo.views to a directory of this user on the filesystem of \(config.linbo.root)"
                )
            ]
        }
        guard let status = FileStatus(at: base), status.kind == .directory else {
            return [
                problem(
                    config, "linbo.views", "\(base) is no directory", fix: "remove it, or set linbo.views to another")
            ]
        }
        guard status.device == root.device, !Mounts.current().contains(base) else {
            return [
                problem(
                    config, "linbo.views", "\(base) lies on another filesystem than \(config.linbo.root)",
                    fix: "set linbo.views to a directory on the filesystem of the tree")
            ]
        }
        return subvolumes(config, root: root)
    }

    /// Directories with a device number of their own, such as btrfs subvolumes, which no mount table names. Two levels
    /// are enough for `images/<image>`, where admins put them.
    private static func subvolumes(_ config: Config, root: FileStatus) -> [Problem] {
        let tree = config.tree
        let mounts = Set(Mounts.current())
        let first = tree.names(in: .root).map { TreePath.root.appending($0) }
        let second = first.flatMap { directory in
            isDirectory(tree, directory) ? tree.names(in: directory).map { directory.appending($0) } : []
        }
        return (first + second).compactMap { path in
            let absolute = tree.absolute(path)
            guard let status = FileStatus(at: absolute), status.kind == .directory, status.device != root.device,
                !mounts.contains(absolute),
                !mounts.contains(where: { absolute.hasPrefix($0 + "/") && $0.hasPrefix(config.linbo.root + "/") })
            else { return nil }
            return problem(
                config, "linbo.root",
                "\(absolute) is a filesystem of its own, and hard links from views can't reach into it",
                fix: "make it a plain directory of the tree's filesystem")
        }
    }

    private static func isDirectory(_ tree: Tree, _ path: TreePath) -> Bool {
        FileStatus(at: tree.absolute(path))?.kind == .directory
    }

    /// protected_hardlinks (proc_sys_fs(5)) lets a daemon that is not root link its own files only.
    private static func links(_ config: Config) -> [Problem] {
        guard geteuid() != 0 else { return [] }
        let tree = config.tree
        let foreign = tree.names(in: .root).map { tree.absolute(TreePath.root.appending($0)) }
            .first { FileStatus(at: $0).map { $0.kind == .regular && $0.owner != geteuid() } ?? false }
        guard let foreign else { return [] }
        return [
            problem(
                config, "linbo.root", "\(foreign) belongs to another user, and the kernel lets only root link it",
                fix: "run linbo-hookd as root, or as the user who owns the tree")
        ]
    }

    /// It is made at the first start, but no directory above it.
    private static func state(_ config: Config) -> [Problem] {
        let directory = config.state
        let obstacle: String
        if let status = FileStatus(followingLinks: directory) {
            if status.kind == .directory, access(directory, W_OK | X_OK) == 0 { return [] }
            obstacle =
                status.kind == .directory
                ? "\(SystemError("write into", directory))" : "state \(directory) is no directory"
        } else {
            let above = directory.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
            if access(above.isEmpty ? "/" : above, W_OK | X_OK) == 0 { return [] }
            obstacle = "\(SystemError("mkdir", directory))"
        }
        return [
            problem(
                config, "state", obstacle,
                fix: "run as root, or set state to a directory of this user's; usual is /var/lib/linbo-hookd")
        ]
    }

    private static func socket(_ config: Config) -> [Problem] {
        [("socket", config.socket), ("api.socket", config.apiSocket)].compactMap { setting, path in
            guard let status = FileStatus(at: path), status.kind != .other else { return nil }
            return problem(
                config, setting, "\(setting) \(path) is a file or a directory already",
                fix: "remove it, or set \(setting) to another path")
        }
    }

    /// - Parameter setting: where it can be fixed.
    static func problem(
        _ config: Config, _ setting: String, _ what: String, fix: String, _ severity: Problem.Severity = .error
    ) -> Problem {
        Problem(location: config.location(of: setting), what: what, fix: fix, severity: severity)
    }
}

/// Mount points, from `/proc/self/mountinfo` (proc(5)).
enum Mounts {
    static func current() -> [String] {
        guard let file = fopen("/proc/self/mountinfo", "re") else { return [] }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var mounts: [String] = []
        while getline(&line, &capacity, file) > 0, let line {
            let fields = String(cString: line).split(separator: " ")
            if fields.count > 4 { mounts.append(unescape(fields[4])) }
        }
        return mounts
    }

    /// Space, tab, newline and backslash are written as `\040` and so on.
    static func unescape(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            guard byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(code)
            rest = rest.dropFirst(3)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
