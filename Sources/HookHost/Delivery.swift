package import HookStore
package import LinboModel
import LinuxKit

/// What one request came to: the same value from the runtime's answer to the view or the TFTP transfer, on disk while the
/// transfer runs, to plugins, audit log, metrics and API.
package struct Delivery: Sendable, Hashable {
    /// A plugin waits for the outcome of something that it promised to one request.
    package struct Claim: Sendable, Hashable {
        /// The plugin that gave the token, and hears the outcome.
        package let owner: PluginName
        /// What the plugin wants to hear again.
        package let token: String
        /// May be delivered once.
        package let isOneShot: Bool

        /// A promise as it stands in a record, or as a plugin made it.
        package init(owner: PluginName, token: String, isOneShot: Bool) {
            (self.owner, self.token, self.isOneShot) = (owner, token, isOneShot)
        }
    }

    /// Where the bytes are from; of a request that was refused unread, as logs show it.
    package var path: String
    /// Who decided; nil: the tree itself.
    package var plugin: PluginName?
    /// What was decided.
    package var decision: Decision
    /// What plugins remarked, and why there is nothing; in words.
    package var reason: String?
    /// Of what is offered; nil: nothing is.
    package var bytes: Int64?
    /// nil: nobody waits for the outcome.
    package var claim: Claim?

    /// One that no answer of the runtime stands behind.
    package init(
        path: String, plugin: PluginName? = nil, decision: Decision, reason: String? = nil, bytes: Int64? = nil,
        claim: Claim? = nil
    ) {
        (self.path, self.plugin, self.decision) = (path, plugin, decision)
        (self.reason, self.bytes, self.claim) = (reason, bytes, claim)
    }

    /// What an answer of the runtime means.
    package init(_ answer: Runtime.Answer) {
        let decider = answer.trace.decider
        let isRefused = answer.trace.refusal != nil
        var remarks = answer.trace.steps.flatMap(\.remarks)
        self.init(path: answer.path.description, plugin: decider?.plugin, decision: .plain)
        switch answer.content {
        case .file(let file):
            decision = isRefused ? .refused : .plain
            bytes = file.status.size
        case .made(let made):
            let way = decider.map { $0.action == .transformed ? Decision.transformed : .made } ?? .plain
            decision = isRefused ? .refused : way
            bytes = Int64(made.bytes.count)
            claim = made.claim
        case .directory: decision = .directory
        case .link: decision = .link
        case .nothing(.missing): decision = .missing
        case .nothing(.hidden(let cause)):
            decision = .hidden
            remarks.append(cause)
        case .nothing(.refused): decision = .refused
        }
        if let refusal = answer.trace.refusal { remarks.append(refusal) }
        for case .failed(let cause) in answer.trace.steps.map(\.action) { remarks.append("failed: \(cause)") }
        reason = remarks.isEmpty ? nil : remarks.joined(separator: "; ")
    }

    /// The tree's own, or nothing: no plugin had a hand in it, and nothing was refused.
    package var isOrdinary: Bool { [.plain, .directory, .link, .missing].contains(decision) }

    /// What the plugin that waits for it is told; nil: none does, or the path is none.
    package func outcome(_ status: DeliveryStatus, of host: HostName?, _ connection: ConnectionID) -> Outcome? {
        guard let claim, let path = try? TreePath(path) else { return nil }
        return Outcome(path: path, host: host, connection: connection, token: claim.token, status: status)
    }
}

extension MadeContent {
    fileprivate var claim: Delivery.Claim? {
        guard let owner, let token else { return nil }
        return Delivery.Claim(owner: owner, token: token, isOneShot: isOneShot)
    }
}

/// Who asked for something, when and how, as the audit log has it.
package struct Asked: Sendable, Hashable {
    /// When; milliseconds since 1970.
    package let at: Int64
    /// Over what.
    package let transport: Transport
    /// Rows of one connection belong together.
    package let connection: ConnectionID
    /// Whence.
    package let address: String
    /// nil: no devices.csv knows the address.
    package let host: String?
    /// What for.
    package let intent: Intent

    /// A request as a transport knows it.
    package init(
        at: Int64, over transport: Transport, _ connection: ConnectionID, address: String, host: String?,
        intent: Intent
    ) {
        (self.at, self.transport, self.connection) = (at, transport, connection)
        (self.address, self.host, self.intent) = (address, host, intent)
    }
}

extension AuditEntry {
    /// The row of a request that is over.
    /// - Parameter duration: milliseconds.
    package init(_ delivery: Delivery, of asked: Asked, outcome: OutcomeWord, duration: Int64) {
        self.init(
            at: asked.at, transport: asked.transport.rawValue, connection: asked.connection.description,
            address: asked.address, host: asked.host, path: delivery.path, intent: asked.intent.rawValue,
            plugin: delivery.plugin?.description, decision: delivery.decision, outcome: outcome,
            reason: delivery.reason, bytes: delivery.bytes, duration: duration)
    }
}
