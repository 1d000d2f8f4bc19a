import Glibc

/// rsyncd's variables (rsyncd.conf(5), contract §8), as bytes: what a client sent need not be text.
enum Environment {
    /// All `RSYNC_…` entries, `NAME=value`.
    static func rsyncEntries() -> [[UInt8]] {
        var entries: [[UInt8]] = []
        var cursor = environ
        while let entry = cursor.pointee {
            if strncmp(entry, "RSYNC_", 6) == 0 {
                entries.append(Array(UnsafeRawBufferPointer(start: entry, count: strlen(entry))))
            }
            cursor += 1
        }
        return entries
    }

    static func text(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
