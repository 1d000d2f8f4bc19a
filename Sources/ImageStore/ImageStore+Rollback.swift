package import LinboModel
import LinuxKit

extension ImageStore {
    /// Makes a backup live again, the whole set of it at once: image, what belongs to it, differences and scripts. The
    /// live set becomes a backup in turn; the backup that was used goes. Nothing is copied.
    /// - Parameter timestamp: the backup's name; nil: the newest.
    /// - Throws: `ImageStoreError`; the live set is as it was then.
    package func rollback(_ image: ImageName, to timestamp: String? = nil) throws(ImageStoreError) -> RolledBack {
        let place = try place(of: image)
        guard FileStatus(at: place.live)?.isDirectory == true else { throw noImage(image, place) }
        let set = SetNames(image)
        return try locked(place) { recovered throws(ImageStoreError) in
            let backup = try choose(image, timestamp, place)
            let incoming = try Incoming(backup: "\(place.backups)/\(backup.timestamp)", set)
            let swapped = try Swap(
                set: set, place: place, incoming: incoming, used: backup.timestamp, disk: disk
            ).run().after(recovered)
            return RolledBack(used: backup, swapped: swapped)
        }
    }

    private func choose(
        _ image: ImageName, _ timestamp: String?, _ place: Place
    ) throws(ImageStoreError) -> ImageBackup {
        let backups = try ImageBackup.all(in: place, base: image.base).filter { $0.image == image.text }
        guard let timestamp else {
            if let newest = backups.first(where: \.isDated) { return newest }
            throw noBackup(image, place, "there is no backup of \(image)", backups)
        }
        if let named = backups.first(where: { $0.timestamp == timestamp }) { return named }
        throw noBackup(image, place, "there is no backup \(timestamp) of \(image)", backups)
    }

    private func noBackup(
        _ image: ImageName, _ place: Place, _ what: String, _ backups: [ImageBackup]
    ) -> ImageStoreError {
        let names = backups.map(\.timestamp).joined(separator: ", ")
        let fix = names.isEmpty ? "a backup is made when a new \(image) is published" : "choose one of \(names)"
        return ImageStoreError(.noBackup, place.backups, what, fix: fix)
    }

    func noImage(_ image: ImageName, _ place: Place) -> ImageStoreError {
        ImageStoreError(.noImage, place.live, "there is no directory of \(image)", fix: "see `linboctl images`")
    }
}

/// A backup that went live.
package struct RolledBack: Sendable, Hashable {
    /// The backup, which is the live set now.
    package let used: ImageBackup
    /// With the name of the new backup, of what was live before.
    package let swapped: Swapped
}
