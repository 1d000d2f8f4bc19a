import HookHost
import LinboModel
import LinuxKit

/// What the server has to give, each looked up once.
struct ServerImages {
    private let tree: Tree
    private var timestamps: [String: String?] = [:]
    private var groups: [GroupName: [ImageName]] = [:]

    private static let infoLimit = 1 << 16
    private static let startConfLimit = 1 << 20

    init(tree: Tree) {
        self.tree = tree
    }

    /// All images, without their extensions.
    var all: [String] { (try? TreePath("images")).map { tree.names(in: $0) } ?? [] }

    /// The newer one of an image's and its qdiff's `.info`; nil: there is none that can be read.
    mutating func timestamp(of base: String) -> String? {
        if let known = timestamps[base] { return known }
        let found = ["qcow2", "qdiff"].compactMap { info("\(base).\($0)") }.max()
        timestamps[base] = .some(found)
        return found
    }

    private func info(_ image: String) -> String? {
        guard let name = ImageName(image), let path = try? TreePath("\(name.directory)/\(image).info"),
            let canonical = try? tree.canonical(path).path, case .file(let file) = tree.content(at: canonical),
            let bytes = try? file.read(limit: Self.infoLimit)
        else { return nil }
        return try? ImageInfo(parsing: bytes, file: file.absolutePath).timestamp
    }

    /// By the group's start.conf, each once.
    mutating func images(of group: GroupName) -> [ImageName] {
        if let known = groups[group] { return known }
        let file = "\(tree.root)/start.conf.\(group)"
        let bytes = (try? FileBytes.read(followingLinks: file, limit: Self.startConfLimit)) ?? []
        var seen: Set<String> = []
        let names = StartConf(parsing: bytes, file: file).systems.compactMap { $0.baseImage.flatMap { ImageName($0) } }
            .filter { $0.kind != .iso && seen.insert($0.base).inserted }
        groups[group] = names
        return names
    }
}
