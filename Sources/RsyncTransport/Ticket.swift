package import HookHost
import HookWire
import LinboModel

/// What `pre` decided for one connection, kept on disk in its record until `post`: so that a daemon that was started in
/// between, or `once`, can tell the outcome to the same plugins.
package struct Ticket: Sendable, Equatable {
    /// Milliseconds since 1970.
    package var asked: Int64
    /// The client's.
    package var address: String
    /// nil: no devices.csv knows the address.
    package var host: String?
    /// What the client wants.
    package var intent: Intent
    /// In the order in which they were asked for.
    package var deliveries: [Delivery] = []
    /// Whose the view was (`ViewOwner`); nil for uploads.
    package var owner: String?

    /// Of a connection that has asked for nothing yet.
    package init(asked: Int64, address: String, host: String?, intent: Intent) {
        self.asked = asked
        self.address = address
        self.host = host
        self.intent = intent
    }
}

// MARK: - On disk

extension Ticket {
    /// The fields of the ticket and of its deliveries in order, each with its length, as in a `HookFrame`. The
    /// connection is one of them: a record's file is used again, and holds its last connection's ticket until then.
    package func encoded(for connection: ConnectionID) -> [UInt8] {
        var fields = [
            "1", connection.description, String(asked), address, host ?? "", intent.rawValue, String(deliveries.count),
        ]
        for delivery in deliveries {
            fields += [
                delivery.path, delivery.plugin?.description ?? "", delivery.decision.rawValue, delivery.reason ?? "",
                delivery.bytes.map(String.init) ?? "", delivery.claim?.token ?? "",
                delivery.claim?.isOneShot == true ? "once" : "", delivery.claim?.owner.description ?? "",
            ]
        }
        if let owner { fields.append(owner) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(fields.reduce(0) { $0 + 4 + $1.utf8.count })
        for field in fields {
            bytes.appendBigEndian(UInt32(field.utf8.count))
            bytes.append(contentsOf: field.utf8)
        }
        return bytes
    }

    /// nil for a record that `pre` has not written for this connection, or not whole.
    package init?(_ bytes: [UInt8], of connection: ConnectionID) {
        var reader = ByteReader(bytes[...])
        func field() -> String? {
            reader.field().flatMap { String(validating: $0, as: UTF8.self) }
        }
        guard field() == "1", field() == connection.description, let asked = field().flatMap({ Int64($0) }),
            let address = field(), let host = field(),
            let intent = field().flatMap({ Intent(rawValue: $0) }), let count = field().flatMap({ Int($0) })
        else { return nil }
        self.init(asked: asked, address: address, host: host.isEmpty ? nil : host, intent: intent)
        while deliveries.count < count {
            guard let path = field(), let plugin = field(), let decision = field(), let reason = field(),
                let size = field(), let token = field(), let once = field(), let owners = field()
            else { return nil }
            // Of the versions before: all plugins of the chain, the one that made the content last; none for an upload.
            let last = owners.split(separator: ",").last.map { PluginName(stringLiteral: String($0)) }
            let owner = last ?? (token.isEmpty ? nil : Delivery.Claim.uploads)
            deliveries.append(
                Delivery(
                    path: path, plugin: plugin.isEmpty ? nil : PluginName(stringLiteral: plugin),
                    decision: Decision(rawValue: decision), reason: reason.isEmpty ? nil : reason, bytes: Int64(size),
                    claim: owner.map { .init(owner: $0, token: token, isOneShot: once == "once") }))
        }
        owner = field()
    }
}
