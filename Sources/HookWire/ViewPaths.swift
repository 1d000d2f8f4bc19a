/// Where views and the records of live connections lie. `linbo-hook early` works on them by itself, so that a client's
/// directory does not depend on the daemon.
///
///     BASE/views/ADDRESS         a client's directory: the `path` of rsyncd's module
///     BASE/live/ADDRESS/PID@TICKS  a record for each live connection; the directory itself is the lock
///     BASE/live/ADDRESS/spare-…    an old record and an emptied directory, to be used again
///     BASE/live/ADDRESS/owner      whose the view is
///     BASE/tmp, BASE/trash       files before they are placed, views before they are removed
///     BASE/once/0, 1, …          places of the `linbo-hookd once` that run at this moment
package struct ViewPaths: Sendable {
    /// The directory above all the others; no slash at its end.
    package let base: String

    /// - Parameter base: an absolute path.
    package init(base: String) {
        self.base = base
    }

    /// What rsyncd's module path begins with.
    package var views: String { "\(base)/views" }
    /// Directories of addresses that have, or had, connections.
    package var live: String { "\(base)/live" }
    /// On the same filesystem as the views, so that rename(2) can place what is made here.
    package var temporary: String { "\(base)/tmp" }
    /// Views that are being removed, each under a name of its own; the daemon empties it when it starts.
    package var trash: String { "\(base)/trash" }
    /// Files to lock: see `Turn` of linbo-hook.
    package var places: String { "\(base)/once" }

    /// The directory that rsyncd sends this client's files from.
    package func view(of address: String) -> String { "\(views)/\(address)" }
    /// The directory of an address's records, which is their lock, too.
    package func records(of address: String) -> String { "\(live)/\(address)" }

    /// - Parameter connection: `PID@TICKS`, of the rsyncd process that serves it.
    package func record(of address: String, _ connection: String) -> String { "\(live)/\(address)/\(connection)" }
    /// The record of a connection that has ended, which the next one takes instead of making one.
    package func spareRecord(of address: String) -> String { "\(live)/\(address)/spare-record" }
    /// Host and MAC that the view was filled for, as a file.
    package func owner(of address: String) -> String { "\(live)/\(address)/owner" }
    /// An emptied view that the next connection takes instead of making one.
    package func spareView(of address: String) -> String { "\(live)/\(address)/spare-view" }

    /// Finds the base again in rsyncd's expanded module path.
    /// - Returns: nil if that is no view of this client's: the hook stands in another module then.
    package init?(modulePath: String, address: String) {
        guard Self.isAddress(address) else { return nil }
        let tail = "/views/\(address)"
        let path = Array(modulePath.utf8)
        guard path.first == UInt8(ascii: "/"), path.suffix(tail.utf8.count).elementsEqual(tail.utf8) else { return nil }
        base = String(decoding: path.dropLast(tail.utf8.count), as: UTF8.self)
    }

    /// What rsyncd can put into `RSYNC_HOST_ADDR`: digits of an address, and the interface behind `%`.
    package static func isAddress(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), !text.utf8.allSatisfy({ $0 == UInt8(ascii: ".") }) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "%"):
                true
            default: false
            }
        }
    }
}
