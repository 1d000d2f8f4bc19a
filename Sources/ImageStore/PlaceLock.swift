import Glibc

/// Keeps every other process, and every other task of this one, from changing the sets of a base. flock(2) on the
/// workshop's folder: who dies holds nothing.
struct PlaceLock: ~Copyable {
    private let descriptor: Int32

    deinit {
        // A child that is just being started may hold a copy of the descriptor: closing ours alone would not give it back.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Waits for whoever works there; a swap takes milliseconds, and seconds on a busy disk.
    init(_ place: Place, work: String, patience: Duration, disk: Disk) throws(ImageStoreError) {
        try disk.makeFolders(work, mode: 0o700)
        try disk.makeFolder(place.shop, mode: 0o700)
        let file = open(place.shop, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw .failed("open", place.shop) }
        do throws(ImageStoreError) {
            try Self.lock(file, place, patience)
        } catch {
            close(file)
            throw error
        }
        descriptor = file
    }

    private static func lock(_ file: Int32, _ place: Place, _ patience: Duration) throws(ImageStoreError) {
        let deadline = ContinuousClock.now + patience
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .failed("flock", place.shop) }
            guard ContinuousClock.now < deadline else {
                throw ImageStoreError(
                    .busy, place.live, "another process is changing this folder",
                    mend: "wait until it is done, and do it again")
            }
            _ = poll(nil, 0, 5)
        }
    }
}
