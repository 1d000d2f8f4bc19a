#if hasFeature(Embedded)
    import CLibC
#else
    import Glibc
    import LinuxKit
#endif

/// The start of a connection: its record, and its client's directory. Done by `linbo-hook early` itself, so that a
/// client's directory does not depend on the daemon; by the daemon where the directories above are still to be made.
///
/// A connection lives for less than a second, and making and removing inodes is most of what that costs: so the last
/// connection's record and the emptied directory are kept aside, and used again.
package enum Admission {
    /// Connections of one address at a time: a PC has one or two, each costs the server some processes.
    package static let limit = 32
    /// The address has that many.
    package static let tooMany = EUSERS

    /// - Parameters:
    ///   - connection: `PID@TICKS`, the record's name.
    ///   - patience: milliseconds; a lock is held for microseconds, one that is not free by then belongs to a stopped
    ///     process, and the client has to boot all the same.
    /// - Returns: 0, `tooMany`, or `errno` of what failed.
    package static func admit(_ connection: String, address: String, paths: ViewPaths, patience: Int) -> Int32 {
        let lock = FileLock(paths.records(of: address), .directory, before: Deadline(inMilliseconds: patience))
        guard lock != nil || errno == ETIMEDOUT else { return errno }
        let record = paths.record(of: address, connection)
        if access(record, F_OK) != 0 {
            guard hasRoom(in: paths.records(of: address)) else { return tooMany }
            guard make(record, from: paths.spareRecord(of: address)) else { return errno }
        }
        let view = paths.view(of: address)
        guard access(view, F_OK) != 0, rename(paths.spareView(of: address), view) != 0 else { return 0 }
        return mkdir(view, 0o755) == 0 || errno == EEXIST ? 0 : errno
    }

    /// What the client is told.
    package static func tooManyText(_ address: String) -> String {
        "\(address) has \(limit) connections already: wait until one of them is over"
    }

    /// - Returns: false with `errno` set.
    private static func make(_ record: String, from spare: String) -> Bool {
        guard rename(spare, record) != 0 else { return true }
        let descriptor = open(record, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }

    private static func hasRoom(in directory: String) -> Bool {
        guard let stream = opendir(directory) else { return true }
        defer { closedir(stream) }
        guard count(stream, where: { _ in true }) >= limit else { return true }
        // Those that a crash left count for nobody; the daemon takes them away.
        rewinddir(stream)
        return count(stream, where: isAlive) < limit
    }

    /// Records of connections have an `@` in their names.
    private static func count(_ stream: OpaquePointer, where counts: (UnsafePointer<CChar>) -> Bool) -> Int {
        var count = 0
        while let entry = readdir(stream) {
            let isCounted = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) {
                    strchr($0, Int32(UInt8(ascii: "@"))) != nil && counts($0)
                }
            }
            if isCounted { count += 1 }
        }
        return count
    }

    /// - Parameter name: `PID@TICKS`.
    private static func isAlive(_ name: UnsafePointer<CChar>) -> Bool {
        var rest: UnsafeMutablePointer<CChar>?
        let process = strtol(name, &rest, 10)
        guard let rest, rest.pointee == CChar(UInt8(ascii: "@")), let process = Int32(exactly: process),
            let ticks = ProcessStart.ticks(of: process)
        else { return false }
        let recorded = strtoull(rest + 1, nil, 10)
        return recorded == 0 || recorded == ticks
    }
}
