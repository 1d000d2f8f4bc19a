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
    package let base: String

    package init(base: String) {
        self.base = base
    }

    package var views: String { "\(base)/views" }
    package var live: String { "\(base)/live" }
    package var temporary: String { "\(base)/tmp" }
    package var trash: String { "\(base)/trash" }
    package var places: String { "\(base)/once" }

    package func view(of address: String) -> String { "\(views)/\(address)" }
    package func records(of address: String) -> String { "\(live)/\(address)" }

    package func record(of address: String, _ connection: String) -> String { "\(live)/\(address)/\(connection)" }
    package func spareRecord(of address: String) -> String { "\(live)/\(address)/spare-record" }
    package func owner(of address: String) -> String { "\(live)/\(address)/owner" }
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
