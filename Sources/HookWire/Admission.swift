#if hasFeature(Embedded)
    import CLibC
#else
    import Glibc
#endif

/// The start of a connection: its record, and its client's folder. Done by `linbo-hook early` itself, so that a client's
/// folder does not depend on the daemon; by the daemon where the folders above are still to be made.
///
/// A connection lives for less than a second, and making and removing inodes is most of what that costs: so the last
/// connection's record and the emptied folder are kept aside, and used again.
package enum Admission {
    /// - Parameters:
    ///   - connection: `PID@TICKS`, the record's name.
    ///   - patience: milliseconds; a lock is held for microseconds, one that is not free by then belongs to a stopped
    ///     process, and the client has to boot all the same.
    /// - Returns: 0, or `errno` of what failed.
    package static func admit(_ connection: String, address: String, paths: ViewPaths, patience: Int) -> Int32 {
        let lock = ClientLock(paths.records(of: address), before: Deadline(inMilliseconds: patience))
        guard lock != nil || errno == ETIMEDOUT else { return errno }
        let record = paths.record(of: address, connection)
        if access(record, F_OK) != 0, rename(paths.spareRecord(of: address), record) != 0 {
            let descriptor = open(record, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return errno }
            close(descriptor)
        }
        let view = paths.view(of: address)
        guard access(view, F_OK) != 0, rename(paths.spareView(of: address), view) != 0 else { return 0 }
        return mkdir(view, 0o755) == 0 || errno == EEXIST ? 0 : errno
    }
}
