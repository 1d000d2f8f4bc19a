import HookHost
import LinboModel
import LinuxKit

/// What the live set has and a new one lacks, though no plugin has said that it shall go: an upload takes nothing away
/// without a word.
struct KeptSidecars {
    let set: DueSet
    let tree: Tree

    private static let account = ".macct"
    private static let limit = 1 << 20

    /// - Parameters:
    ///   - files: what is in the new set.
    ///   - decided: what plugins have said something about.
    /// - Returns: warnings, in sentences.
    func run(_ files: [String: ArrivedSet.File], decided: Set<String>) throws -> [String] {
        try account(files, decided) + torrent(files)
    }

    /// The account stays: without one each PC that syncs keeps what it has, with a wrong one it loses the domain, and
    /// only the admin knows whether it was changed.
    private func account(_ files: [String: ArrivedSet.File], _ decided: Set<String>) throws -> [String] {
        guard !decided.contains(Self.account), files[Self.account] == nil, set.image.kind != .iso else { return [] }
        let directory = "\(tree.root)/\(set.image.directory)"
        // Older servers kept it by the image's base.
        let names = set.image.kind == .qcow2 ? [set.image.text, set.image.base] : [set.image.text]
        guard let old = names.map({ "\(directory)/\($0)\(Self.account)" }).first(where: { FileStatus(at: $0) != nil })
        else {
            return []
        }
        let bytes = try FileBytes.read(old, limit: Self.limit).bytes
        try AtomicFile.replace(set.file(Self.account), with: bytes, mode: 0o600)
        return [
            "the machine account of the image before stays with it, as no plugin saves the new one's: PCs that sync may lose "
                + "the domain (plugin macct)"
        ]
    }

    private func torrent(_ files: [String: ArrivedSet.File]) -> [String] {
        let live = tree.absolute(set.image.path) + ".torrent"
        guard files[".torrent"] == nil, FileStatus(at: live) != nil else { return [] }
        return [
            "the image before had a torrent, and this one has none: PCs that fetch by torrent wait for one "
                + "(plugin torrent-create)"
        ]
    }
}
