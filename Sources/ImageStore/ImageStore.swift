import Glibc
package import LinboModel
import LinuxKit

/// The disk side of image sets below `images/<base>/` of the LINBO root (docs/linbo.md#images).
///
/// A set goes live whole: its directory is built anew out of sight, from the new files and hard links of all that
/// stays, and changes places with the live one in a single rename. So no client ever finds a new image beside an old
/// `.info`, and no byte of an image is copied. The old set's directory, cleared of what stayed, becomes
/// `images/<base>/backups/<timestamp>/`. A journal and the directories' inode numbers tell after a power cut how far it
/// came.
package struct ImageStore: Sendable {
    /// The LINBO root.
    let root: String
    /// A directory of ours on the same filesystem, out of the clients' sight.
    let work: String
    /// How long to wait for another process that works on the same base.
    let patience: Duration
    let disk: Disk

    /// - Parameter work: made, mode 0700, when it is needed.
    package init(root: String, work: String, patience: Duration = .seconds(10)) {
        self.init(root: root, work: work, patience: patience, disk: Disk())
    }

    init(root: String, work: String, patience: Duration = .seconds(10), disk: Disk) {
        self.root = root
        self.work = work
        self.patience = patience
        self.disk = disk
    }

    /// Makes a new set live, all of it at once. Blocks: it waits for the disk, and up to `patience` for another
    /// process.
    /// - Parameters:
    ///   - directory: holds the image and what belongs to it, and nothing else, with final names, modes, owners and
    ///     times; on the filesystem of the root. When the set is live the directory is empty; before, nothing in it
    ///     changes.
    /// - Throws: `ImageStoreError`; the live set is the old one then.
    package func swap(_ image: ImageName, from directory: String) throws(ImageStoreError) -> Swapped {
        let set = SetNames(image)
        let incoming = try Incoming(arrived: directory, set)
        try incoming.sync(disk)
        let place = try place(of: image)
        return try locked(place) { recovered throws(ImageStoreError) in
            try Swap(set: set, place: place, incoming: incoming, used: nil, disk: disk).run().after(recovered)
        }
    }

    func place(of image: ImageName) throws(ImageStoreError) -> Place {
        try Place.find(base: image.base, in: TreeRoots(root), work: work)
    }

    /// Runs `body` while nobody else changes this base, with whatever was left half done finished first; `body` is
    /// given the sentence that says so.
    func locked<Value>(
        _ place: Place, _ body: (String?) throws(ImageStoreError) -> Value
    ) throws(ImageStoreError) -> Value {
        try withLock(of: place, patience: patience) { () throws(ImageStoreError) in
            try body(Recovery(place: place, disk: disk).run().sentence)
        }
    }

    /// Keeps every other process, and every other task of this one, from changing the sets of a base. A swap takes
    /// milliseconds, and seconds on a busy disk.
    func withLock<Value>(
        of place: Place, patience: Duration, _ body: () throws(ImageStoreError) -> Value
    ) throws(ImageStoreError) -> Value {
        try disk.makeDirectories(work, mode: 0o700)
        return try FileLock.with(
            place.shop, .directory, patience: Int(patience / .milliseconds(1)),
            orThrow: { error in
                error.code == ETIMEDOUT
                    ? ImageStoreError(
                        .busy, place.live, "another process is changing this directory",
                        fix: "wait until it is done, and do it again")
                    : ImageStoreError(error)
            }, body)
    }
}
