package import LinboModel

/// How a transfer ended, told once to each plugin that had a hand in it.
package struct Outcome: Sendable {
    /// Canonical, as the plugin was asked for it.
    package let path: TreePath
    /// As it was when the content was resolved; nil for an unknown client.
    package let host: HostName?
    /// Of the transfer; over TFTP of this one alone.
    package let connection: ConnectionID
    /// What the plugin put into its `MadeContent`.
    package let token: String?
    /// How it ended.
    package let status: DeliveryStatus

    /// As a transport tells it.
    package init(
        path: TreePath, host: HostName?, connection: ConnectionID, token: String?, status: DeliveryStatus
    ) {
        self.path = path
        self.host = host
        self.connection = connection
        self.token = token
        self.status = status
    }
}

/// How the transfer of one file ended.
package enum DeliveryStatus: Sendable, Hashable, CustomStringConvertible {
    /// The server sent all of it.
    case delivered
    /// It was offered, and the client read nothing of it: a listing, an unchanged file, an exclude rule.
    case untouched
    /// It broke off.
    case failed(Cause)
    /// The transfer's end was never reported: it may have been sent.
    case uncertain(Cause)

    /// The same among all outcomes that the audit log knows.
    package var outcome: OutcomeWord {
        switch self {
        case .delivered: .delivered
        case .untouched: .untouched
        case .failed(let cause): .failed(cause)
        case .uncertain(let cause): .uncertain(cause)
        }
    }

    package var description: String { outcome.description }
}
