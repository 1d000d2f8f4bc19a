import Glibc

/// What in the tree is the server's own, under whatever name it lies there: views with bytes made for one client,
/// uploads, the database, secrets. It is guarded by its canonical path, so no link and no setting opens it.
package struct Internals: Sendable, Equatable {
    /// Relative to the root.
    private let paths: [TreePath]

    /// - Parameters:
    ///   - places: absolute paths of directories and files; those outside the tree are no client's to ask for.
    ///   - root: the tree's.
    package init(_ places: [String], root: String) {
        let root = Self.canonical(root)
        let directory = TreePath.root.appending(TreePath.internalDirectory)
        paths =
            [directory]
            + places.compactMap { Self.path(of: Self.canonical($0), below: root) }
            .filter { $0 != directory && !$0.isBelow(directory) }
    }

    /// - Parameter path: canonical.
    package func contain(_ path: TreePath) -> Bool {
        paths.contains { path == $0 || path.isBelow($0) }
    }

    /// Whether the whole tree lies in `place`, so that nothing could be served.
    package static func swallow(root: String, place: String) -> Bool {
        let root = canonical(root)
        let place = canonical(place)
        return root.utf8.elementsEqual(place.utf8) || root.utf8.starts(with: (place == "/" ? place : place + "/").utf8)
    }

    private static func path(of place: String, below root: String) -> TreePath? {
        // By bytes, as the kernel takes names, and as a length in bytes counts.
        guard place.utf8.starts(with: "\(root)/".utf8) else { return nil }
        return TreePath.of(components: Substring(place.utf8.dropFirst(root.utf8.count + 1)))
    }

    /// With the links of all that is there resolved; what is still to be made keeps its name.
    private static func canonical(_ path: String) -> String {
        guard path.hasPrefix("/") else { return resolved(path) ?? path }
        var missing: [Substring] = []
        var present = path.split(separator: "/")
        while true {
            let place = "/" + present.joined(separator: "/")
            if let directory = resolved(place) {
                return missing.reversed().reduce(directory == "/" ? "" : directory) { "\($0)/\($1)" }
            }
            guard let last = present.popLast() else { return path }
            missing.append(last)
        }
    }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
