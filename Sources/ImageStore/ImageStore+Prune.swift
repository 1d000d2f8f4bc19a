import CLinux
import Glibc
package import LinboModel
import LinuxKit

/// What pruning did, or would do, with one image's backups.
package struct Pruned: Sendable, Hashable, Codable {
    /// A backup that stays.
    package struct Kept: Sendable, Hashable, Codable {
        /// Its name.
        package let timestamp: String
        /// Why, in words; nil: it is one of those that were to be kept.
        package let reason: String?
    }

    /// Its file name.
    package let image: String
    /// Newest first.
    package let removed: [ImageBackup]
    /// Newest first; those that were to be kept come before those that had to be.
    package let kept: [Kept]

    /// Bytes of what was removed, as `ls` counts them.
    package var bytes: Int64 { removed.map(\.bytes).total() }
}

extension ImageStore {
    /// Removes an image's oldest backups, but never one in use: a file of it is open in some process, or has other
    /// names (a client's view of it, or an admin's hard link). Backups with names of their own are left alone.
    /// - Parameters:
    ///   - keep: how many of the newest stay.
    ///   - isTrial: true: nothing is removed.
    package func prune(_ image: ImageName, keep: Int, isTrial: Bool = false) throws(ImageStoreError) -> Pruned {
        let place = try place(of: image)
        guard FileStatus(at: place.live)?.isDirectory == true else { throw noImage(image, place) }
        guard !isTrial else { return try prune(image, place, keep: keep, isTrial: true) }
        return try locked(place) { _ throws(ImageStoreError) in
            try prune(image, place, keep: keep, isTrial: false)
        }
    }

    private func prune(
        _ image: ImageName, _ place: Place, keep: Int, isTrial: Bool
    ) throws(ImageStoreError) -> Pruned {
        let backups = try ImageBackup.all(in: place, base: image.base).filter { $0.image == image.text }
        let dated = backups.filter(\.isDated)
        var kept = dated.prefix(keep).map { Pruned.Kept(timestamp: $0.timestamp, reason: nil) }
        kept += backups.filter { !$0.isDated }.map {
            .init(timestamp: $0.timestamp, reason: "it has a name of its own")
        }
        var removed: [ImageBackup] = []
        for backup in dated.dropFirst(keep) {
            if let reason = try use(of: "\(place.backups)/\(backup.timestamp)") {
                kept.append(.init(timestamp: backup.timestamp, reason: reason))
                continue
            }
            if !isTrial { try remove(backup, place) }
            removed.append(backup)
        }
        return Pruned(image: image.text, removed: removed, kept: kept)
    }

    /// Out of sight in one step: no half a backup is ever seen.
    private func remove(_ backup: ImageBackup, _ place: Place) throws(ImageStoreError) {
        try disk.rename("\(place.backups)/\(backup.timestamp)", to: place.pruned)
        try disk.syncDirectory(place.backups)
        try disk.syncDirectory(place.shop)
        try disk.removeTree(place.pruned)
    }

    // MARK: In use

    /// - Returns: by what, in words; nil: by nobody.
    private func use(of path: String) throws(ImageStoreError) -> String? {
        let directory = try OpenDirectory(path)
        for name in try directory.names() {
            guard let status = directory.status(of: name) else { continue }
            guard status.isRegular else { return "\(name) is no regular file" }
            guard status.links == 1 else {
                return "\(name) has another name elsewhere: a client is getting it, or somebody linked it"
            }
            switch isOpen(name, in: directory) {
            case .some(true): return "\(name) is open in another process"
            case .some(false): continue
            case .none:
                return
                    "whether \(name) is open can't be known: only its owner and root can ask, and not on every filesystem"
            }
        }
        return nil
    }

    /// nil: neither leases nor `/proc` tell.
    private func isOpen(_ name: EntryName, in directory: borrowing OpenDirectory) -> Bool? {
        let file = openat(directory.descriptor, name.characters, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let answer = clinux_is_open_elsewhere(file)
        return answer < 0 ? nil : answer == 1
    }
}
