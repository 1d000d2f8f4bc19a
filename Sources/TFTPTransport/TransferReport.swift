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
    /// How a request can end.
    package enum Ending: Sendable, Hashable {
        /// Something was sent.
        case transfer(DeliveryStatus)
        /// There is nothing, or nothing for this client.
        case notThere
        case refused(String)
    }

    let subject: TransferSubject
    /// How it ended.
    package let ending: Ending
    /// Those that both sides agreed on.
    package let options: TransferOptions
    /// Acknowledged by the client.
    package let bytes: Int64
    /// Acknowledged by the client.
    package let blocks: Int
    /// Packets that were sent again.
    package let retransmissions: Int
    /// From the request to its end.
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

    /// nil: no devices.csv knows the address.
    package var host: HostName? { subject.host }
    /// As logs show it.
    package var path: String { subject.shownPath }
    /// The client has all of it.
    package var isDelivered: Bool { ending == .transfer(.delivered) }
}

/// A running transfer, as `linboctl tftp` shows it.
package struct TransferSnapshot: Sendable, Codable {
    /// nil: no devices.csv knows the address.
    package let host: String?
    /// The client's.
    package let address: String
    /// As logs show it.
    package let path: String
    /// Bytes of the file, as they are sent.
    package let size: Int64
    /// Acknowledged bytes.
    package let sent: Int64
    /// Since the request.
    package let seconds: Double
    /// Packets that were sent again.
    package let retransmissions: Int
    /// Those that both sides agreed on, in words.
    package let options: String
}
