package import LinboModel
import LinuxKit

extension ImageStore {
    /// Replaces single sidecars of a live set, such as `.desc`, each whole or not at all; `.info` comes last, as
    /// clients look there first. What is replaced is gone: a description holds its own history, and the others can be
    /// made anew.
    /// - Parameters:
    ///   - directory: holds the new sidecars, and nothing else, with final names, modes, owners and times; on the
    ///     filesystem of the root. nil: nothing is replaced. Each file leaves it as it goes live.
    ///   - removing: sidecars that shall be no more, such as `.hash`.
    /// - Returns: the suffixes that changed, in the order in which they did.
    /// - Throws: `ImageStoreError`; what had gone live by then stays, and what had not is in `directory` still.
    package func amend(
        _ image: ImageName, from directory: String?, removing: Set<String> = []
    ) throws(ImageStoreError) -> [String] {
        let place = try place(of: image)
        guard FileStatus(at: "\(place.live)/\(image)")?.isRegular == true else {
            throw ImageStoreError(
                .noImage, "\(place.live)/\(image)", "there is no such image",
                fix: "publish it first; what belongs to it comes along")
        }
        let names = try directory.map { path throws(ImageStoreError) in try sidecars(in: path, image) } ?? []
        return try locked(place) { _ throws(ImageStoreError) in
            let live = try OpenDirectory(place.live)
            try requireRegular(live, image, names + removing)
            var changed: [String] = []
            // A torrent's hash must not outlive it (defect 24, docs/linbo.md#defects-of-the-old-hooks), so what goes
            // goes first.
            for suffix in removing.sorted() where !names.contains(suffix) {
                let name = EntryName(image.text + suffix)
                guard live.status(of: name) != nil else { continue }
                try disk.unlink(name, in: live)
                changed.append(suffix)
            }
            if let directory { try move(names, image, from: try OpenDirectory(directory), to: live, &changed) }
            if !changed.isEmpty { try disk.sync(live) }
            return changed
        }
    }

    /// The suffixes of what lies in a directory, `.info` last, all on the disk.
    private func sidecars(in path: String, _ image: ImageName) throws(ImageStoreError) -> [String] {
        let directory = try OpenDirectory(path)
        var suffixes: [String] = []
        for entry in try directory.names() {
            guard let name = entry.text, name.hasPrefix(image.text),
                let suffix = SetNames.sidecars.first(where: { name == image.text + $0 }),
                directory.status(of: entry)?.isRegular == true
            else {
                throw ImageStoreError(
                    .unfit, directory.path(of: entry), "it is no sidecar of \(image)",
                    fix: "take it out of what is published")
            }
            try disk.syncFile(entry, in: directory)
            suffixes.append(suffix)
        }
        return Self.order.filter { suffixes.contains($0) }
    }

    /// Whoever comes in between must not remember the old under the mark of the new: `.hash` is the mark of a torrent,
    /// `.info` of all.
    private static let order = [".desc", ".macct", ".torrent", ".hash", ".info"]

    private func requireRegular(
        _ live: borrowing OpenDirectory, _ image: ImageName, _ suffixes: [String]
    ) throws(ImageStoreError) {
        for suffix in suffixes {
            let name = EntryName(image.text + suffix)
            guard let status = live.status(of: name), !status.isRegular else { continue }
            throw ImageStoreError(
                .unfit, live.path(of: name), "it is no regular file", fix: "put the file itself in its place")
        }
    }

    private func move(
        _ suffixes: [String], _ image: ImageName, from source: borrowing OpenDirectory,
        to live: borrowing OpenDirectory,
        _ changed: inout [String]
    ) throws(ImageStoreError) {
        for suffix in suffixes {
            try disk.move(EntryName(image.text + suffix), from: source, to: live)
            changed.append(suffix)
        }
        if !suffixes.isEmpty { try disk.sync(source) }
    }
}
