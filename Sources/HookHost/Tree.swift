import Glibc
import LinuxKit

/// The shared tree, `/srv/linbo`, as clients see it: the end of every chain. It is read, never written.
///
/// Symlinks inside the tree work. A link that leaves it is not there, unless it leads to one of `outside`, the files
/// that the configuration lists; those are served as regular files (docs/linbo.md#names-and-places). What `guarded`
/// matches, and what is the server's own (`Internals`), is hidden whatever plugins are enabled.
package struct Tree: Sendable {
    /// Absolute, without a slash at its end; the configuration's `linbo.root`.
    package let root: String
    /// Absolute paths of files that links may lead to (`linbo.outside`).
    package let outside: Set<String>
    private let internals: Internals

    /// Logs of all hosts, machine accounts' hashes, boot commands with passwords (defects 4, 5 and 8,
    /// docs/linbo.md#defects-of-the-old-hooks); old images, and what uploads by the old hooks left behind (defect 37).
    /// An image's directory may be a link to one elsewhere in the tree, so what lies in such a directory is named
    /// wherever it is.
    static let guarded: [PathPattern] = [
        "log", "log/**", "**/*.macct", "linbocmd/**", "images/*/backups", "images/*/backups/**", "images/tmp",
        "images/tmp/**", "**/*.BAK", "images/*/.*", "**/backups/*/*.qcow2*", "**/backups/*/*.qdiff*", "**/.*.qcow2*",
        "**/.*.qdiff*",
    ]

    /// A file that a link to the outside leads to is copied; they are small configuration files.
    static let outsideLimit = 1 << 20

    /// As the kernel's own limit of links in one look-up.
    static let linkLimit = 40

    /// - Parameter internals: absolute paths of the server's own directories and files, wherever they lie.
    package init(root: String, outside: [String] = [], internals: [String] = []) {
        self.root = root
        self.outside = Set(outside)
        self.internals = Internals(internals, root: root)
    }

    /// Where a path lies on disk.
    package func absolute(_ path: TreePath) -> String {
        path.isRoot ? root : "\(root)/\(path.text)"
    }

    /// What lies at `path`, the directories of which are resolved already (`canonical`).
    package func content(at path: TreePath) -> Content {
        if let hidden = guardian(of: path) { return .nothing(.hidden(hidden.reason)) }
        let absolutePath = absolute(path)
        guard let status = FileStatus(at: absolutePath) else { return .nothing(.missing) }
        switch status.kind {
        case .regular: return .file(TreeFile(path: path, absolutePath: absolutePath, status: status))
        case .directory: return .directory(TreeDirectory(path: path, status: status))
        case .symlink: return link(at: path)
        case .other: return .nothing(.hidden("neither file nor directory"))
        }
    }

    private func guardian(of path: TreePath) -> Hidden? {
        if internals.contain(path) { return Hidden(reason: "the server's own is never served") }
        return Self.guarded.first { $0.matches(path) }.map { Hidden(reason: "\($0) is never served") }
    }

    /// The names in a directory as it lies on disk, sorted by bytes, but for those that are not UTF-8. Empty if it
    /// can't be read.
    package func names(in directory: TreePath) -> [String] {
        listing(of: directory).names
    }

    /// Those, and the others, which are not UTF-8.
    func listing(of directory: TreePath) -> (names: [String], odd: [[UInt8]]) {
        var (names, odd): ([String], [[UInt8]]) = ([], [])
        for bytes in FileTree.bytesOfNames(in: Array(absolute(directory).utf8)) {
            if let name = String(validating: bytes, as: UTF8.self) { names.append(name) } else { odd.append(bytes) }
        }
        return (names.filter { !internals.contain(directory.appending($0)) }.sorted(), odd)
    }

    /// Whether nothing at a path is ever served.
    func isGuarded(_ path: TreePath) -> Bool { guardian(of: path) != nil }

    private func link(at path: TreePath) -> Content {
        switch destination(of: path) {
        case .inside(let target, let text): return .link(TreeLink(path: path, target: target, text: text))
        case .outside(let file):
            guard let (bytes, status) = try? FileBytes.read(file, limit: Self.outsideLimit) else {
                return .nothing(.hidden("\(file), where this link leads, can't be read"))
            }
            return .made(MadeContent(bytes, modified: status.modified))
        case .forbidden: return .nothing(.hidden("a link that leaves the tree"))
        }
    }
}

// MARK: - Symlinks

extension Tree {
    enum Destination {
        case inside(TreePath, text: String)
        case outside(String)
        case forbidden
    }

    /// A symlink on the way to a path: the client is shown it as it is.
    package struct Passed: Sendable, Hashable {
        /// Where the link lies.
        package let path: TreePath
        /// What the client's copy of the link holds: relative.
        package let text: String
    }

    /// Why nothing is at a path.
    package struct Hidden: Error {
        /// For the audit log and `explain`.
        package let reason: String
    }

    /// Resolves the symlinks among the directories of `path`; its last component is left as it is, link or not.
    /// - Returns: the canonical path and the links passed.
    /// - Throws: `Hidden` if a directory's link leaves the tree, links go in circles, or what is `guarded` is asked for
    ///   by a way that leads through a link.
    package func canonical(_ path: TreePath) throws(Hidden) -> (path: TreePath, passed: [Passed]) {
        var passed: [Passed] = []
        var pending = path.components.map(String.init)[...]
        var current = TreePath.root
        while let component = pending.popFirst() {
            let next = current.appending(component)
            guard !pending.isEmpty, FileStatus(at: absolute(next))?.kind == .symlink else {
                current = next
                continue
            }
            guard passed.count < Self.linkLimit, case .inside(let target, let text) = destination(of: next) else {
                throw Hidden(reason: "a link on the way leaves the tree")
            }
            if let hidden = guardian(of: pending.reduce(next) { $0.appending($1) }) { throw hidden }
            passed.append(Passed(path: next, text: text))
            pending = target.components.map(String.init) + pending
            current = .root
        }
        // Before any plugin is asked: what is the server's own is nobody's to make or transform.
        guard !internals.contain(current) else { throw Hidden(reason: "the server's own is never served") }
        return (current, passed)
    }

    /// Where the symlink at `path` leads, by its text alone: nothing behind it is looked at, but that it stays inside.
    func destination(of path: TreePath) -> Destination {
        guard let text = readLink(absolute(path)) else { return .forbidden }
        guard text.first == "/" else {
            guard let target = Self.resolve(text, from: path.parent) else {
                return leavingDestination("\(absolute(path.parent))/\(text)")
            }
            return .inside(target, text: text)
        }
        // By bytes, as the kernel takes names, and as a length in bytes counts.
        guard "\(text)/".utf8.starts(with: "\(root)/".utf8) else { return leavingDestination(text) }
        guard let target = Self.resolve(String(Substring(text.utf8.dropFirst(root.utf8.count))), from: .root) else {
            return .forbidden
        }
        return .inside(target, text: Self.relativeText(to: target, from: path.parent))
    }

    /// A link out of the tree: only to a listed file, named exactly.
    private func leavingDestination(_ text: String) -> Destination {
        guard let resolved = realpath(text, nil) else { return .forbidden }
        defer { free(resolved) }
        let file = String(cString: resolved)
        if outside.contains(file) || outside.contains(text) { return .outside(file) }
        return .forbidden
    }

    /// `text` taken from `directory` on; nil if its `..` lead out of the tree.
    private static func resolve(_ text: String, from directory: TreePath) -> TreePath? {
        var components = directory.components
        for part in text.split(separator: "/") where part != "." {
            guard part == ".." else {
                components.append(part)
                continue
            }
            guard components.popLast() != nil else { return nil }
        }
        return try? TreePath(components.joined(separator: "/"))
    }

    private static func relativeText(to target: TreePath, from directory: TreePath) -> String {
        let up = Array(repeating: "..", count: directory.components.count)
        return (up + target.components.map(String.init)).joined(separator: "/")
    }

    private func readLink(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let count = readlink(path, base, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            return String(validating: buffer[..<count].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
