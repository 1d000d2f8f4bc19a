package import HookHost
package import LinboModel

/// What a request was resolved to, kept for the log until its transfer ends.
struct TransferSubject: Sendable {
    /// Milliseconds since 1970.
    let asked: Int64
    let address: IPAddress
    let host: HostName?
    /// As logs show it.
    let shownPath: String
    /// nil for a name that is no path.
    let path: TreePath?
    let delivery: Delivery?
    let connection: ConnectionID

    /// The host's name, or the address of an unknown client.
    var label: String { host?.description ?? address.description }
}

/// How one request ended.
package struct TransferReport: Sendable {
    package enum Ending: Sendable, Hashable {
        case transfer(DeliveryStatus)
        /// There is nothing, or nothing for this client.
        case notThere
        case refused(String)
    }

    let subject: TransferSubject
    package let ending: Ending
    package let options: TransferOptions
    /// Acknowledged by the client.
    package let bytes: Int64
    package let blocks: Int
    package let retransmissions: Int
    package let seconds: Double
    /// The client wanted no more of it: GRUB looks whether a file is there, and closes it. No failure.
    var isClosed = false

    /// The client may lack what it wanted.
    var hasFailed: Bool {
        switch ending {
        case .transfer(.failed): !isClosed
        case .transfer(.uncertain): true
        case .transfer(.delivered), .transfer(.untouched), .notThere, .refused: false
        }
    }

    package var host: HostName? { subject.host }
    /// As logs show it.
    package var path: String { subject.shownPath }
    package var isDelivered: Bool { ending == .transfer(.delivered) }
}

/// A running transfer, as `linboctl tftp` shows it.
package struct TransferSnapshot: Sendable, Codable {
    package let host: String?
    package let address: String
    package let path: String
    package let size: Int64
    /// Acknowledged bytes.
    package let sent: Int64
    package let seconds: Double
    package let retransmissions: Int
    package let options: String
}
