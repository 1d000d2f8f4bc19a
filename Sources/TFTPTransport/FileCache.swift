import HookHost
import LinuxKit

/// Files that were asked for lately, opened and mapped once for all clients.
struct FileCache {
    private struct Entry {
        let body: Body
        var used: UInt64
    }

    private var entries: [String: Entry] = [:]

    /// A boot asks for some forty modules.
    private static let limit = 256
    /// A file that was replaced takes up its space on the disk as long as it is open.
    private static let idleTime = 30_000 * RoundTrip.millisecond

    /// - Parameter file: with its status of this moment: one that was replaced is opened anew.
    /// - Throws: `SystemError`.
    mutating func body(of file: TreeFile, at now: UInt64) throws(SystemError) -> Body {
        if let entry = entries[file.absolutePath], entry.body.isStill(file.status) {
            entries[file.absolutePath]?.used = now
            return entry.body
        }
        let body = try Body(file)
        if entries.count >= Self.limit, let oldest = entries.min(by: { $0.value.used < $1.value.used }) {
            entries[oldest.key] = nil
        }
        entries[file.absolutePath] = Entry(body: body, used: now)
        return body
    }

    /// Takes all files' pages out of this process's memory.
    func letGoOfPages() {
        for entry in entries.values { entry.body.letGoOfPages() }
    }

    /// Closes what nobody asked for in a while; running transfers keep theirs.
    mutating func forgetIdle(at now: UInt64) {
        entries = entries.filter { now - $0.value.used < Self.idleTime }
    }
}
