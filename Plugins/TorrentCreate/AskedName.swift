import HookHost

/// `images/<base>/<image>.torrent` or `.hash`, taken apart.
struct AskedName {
    enum Kind: String {
        case torrent = ".torrent"
        case hash = ".hash"
    }

    let kind: Kind
    let image: TreePath
    let torrent: TreePath

    private static let images = [".qcow2", ".qdiff", ".iso"]

    /// nil for a name that is not an image's.
    init?(_ path: TreePath) {
        let name = path.name
        guard let kind = [Kind.torrent, .hash].first(where: { name.hasSuffix($0.rawValue) }) else { return nil }
        let stem = String(name.dropLast(kind.rawValue.count))
        guard Self.images.contains(where: { stem.hasSuffix($0) && stem.utf8.count > $0.utf8.count }) else { return nil }
        self.kind = kind
        image = path.parent.appending(stem)
        torrent = path.parent.appending(stem + Kind.torrent.rawValue)
    }
}
