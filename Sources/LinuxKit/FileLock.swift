#if hasFeature(Embedded)
    import CLibC
#else
    import Glibc
#endif

/// An exclusive flock(2) on a file or a directory, of other processes and of other threads, until the end of its life.
/// Who dies holds nothing.
package struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// What is locked, and whether it is made for that.
    package enum Kind: Sendable {
        /// Made if it is not there, for its owner alone.
        case file
        /// The same.
        case directory
        /// One that must be there.
        case presentDirectory
    }

    /// - Parameter deadline: locks are held for a moment; what is not free by then is held by a process that was
    ///   stopped, or hangs.
    /// - Returns: nil, with `errno` set: `ETIMEDOUT` if the deadline has passed, else why it can't be opened.
    package init?(_ path: String, _ kind: Kind, before deadline: Deadline) {
        while true {
            let descriptor = Self.descriptor(path, kind)
            guard descriptor >= 0 else { return nil }
            let failure = Self.failure(descriptor, path, deadline)
            guard let failure else {
                self.descriptor = descriptor
                return
            }
            close(descriptor)
            // Whoever held it may have removed it: then this lock locks nothing.
            if failure == ESTALE { continue }
            errno = failure
            return nil
        }
    }

    deinit {
        // A child that is being started at this moment may have a copy of the descriptor: closing ours alone would not
        // give it back.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func descriptor(_ path: String, _ kind: Kind) -> Int32 {
        switch kind {
        case .file: return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        case .presentDirectory: return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        case .directory:
            while true {
                // It is there, but for the first time, and if whoever held it has removed it in between.
                let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                guard descriptor < 0, errno == ENOENT else { return descriptor }
                if mkdir(path, 0o700) != 0 && errno != EEXIST { return -1 }
            }
        }
    }

    /// - Returns: nil if it is locked, else `errno`; `ESTALE` if it is not what lies at the path any more.
    private static func failure(_ descriptor: Int32, _ path: String, _ deadline: Deadline) -> Int32? {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { return errno }
            guard !deadline.hasPassed else { return ETIMEDOUT }
            _ = poll(nil, 0, 1)
        }
        var held = stat()
        var named = stat()
        let isThere = fstat(descriptor, &held) == 0 && stat(path, &named) == 0
        return isThere && held.st_ino == named.st_ino && held.st_dev == named.st_dev ? nil : ESTALE
    }
}

#if !hasFeature(Embedded)
    extension FileLock {
        /// Runs `body` while nobody else holds the lock.
        /// - Parameters:
        ///   - patience: milliseconds to wait for it.
        ///   - failure: what is thrown instead of the error of the lock; its code is `ETIMEDOUT` if somebody holds it
        ///     still.
        /// - Throws: that, or what `body` throws.
        package static func with<Value, Failure: Error>(
            _ path: String, _ kind: Kind, patience: Int, orThrow failure: (SystemError) -> Failure,
            _ body: () throws(Failure) -> Value
        ) throws(Failure) -> Value {
            let lock = FileLock(path, kind, before: Deadline(inMilliseconds: patience))
            guard lock != nil else { throw failure(SystemError("lock", path)) }
            return try withExtendedLifetime(lock) { () throws(Failure) in try body() }
        }
    }
#endif
