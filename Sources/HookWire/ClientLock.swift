#if hasFeature(Embedded)
    import CLibC
#else
    import Glibc
#endif

/// Excludes everybody else from making or removing one client's view: the hook, the daemon and `once` may each do so.
///
/// It is flock(2) on the client's folder of records, so a process that dies holds nothing.
package struct ClientLock: ~Copyable {
    private let descriptor: Int32

    deinit {
        close(descriptor)
    }

    /// Makes the folder if needed and locks it.
    /// - Parameters:
    ///   - folder: `ViewPaths.records(of:)`.
    ///   - deadline: a lock is held for microseconds; one that is not free by then is held by a stopped process, and
    ///     the caller goes on without it.
    /// - Returns: nil, with `errno` set, if the folder can't be made or the deadline has passed.
    package init?(_ folder: String, before deadline: Deadline) {
        while true {
            // It is there, but for a client's first connection.
            let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if descriptor < 0 && errno == ENOENT {
                if mkdir(folder, 0o700) != 0 && errno != EEXIST { return nil }
                continue
            }
            guard descriptor >= 0 else { return nil }
            guard Self.lock(descriptor, before: deadline) else {
                close(descriptor)
                errno = ETIMEDOUT
                return nil
            }
            // The one who held it may have removed the folder: then this lock locks nothing.
            if Self.isStill(descriptor, at: folder) {
                self.descriptor = descriptor
                return
            }
            close(descriptor)
        }
    }

    private static func lock(_ descriptor: Int32, before deadline: Deadline) -> Bool {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, !deadline.hasPassed else { return false }
            _ = poll(nil, 0, 1)
        }
        return true
    }

    private static func isStill(_ descriptor: Int32, at path: String) -> Bool {
        var held = stat()
        var named = stat()
        return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino
            && held.st_dev == named.st_dev
    }
}
