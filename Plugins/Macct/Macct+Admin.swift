package import API
import HookConfig
import HookHost
import HookStore
import LinboModel
import LinuxKit

// Machine accounts of images, and their way into the AD. No answer holds a hash.

/// Asked by `linboctl macct`.
package struct GetMachineAccounts: APIOperation {
    /// The queue, and what has become of it.
    package struct Answer: Codable, Sendable {
        /// How many wait or are being done.
        package let depth: Int
        /// Newest first; what waits and what is being done before what is over.
        package let entries: [MachineAccountEntry]
    }
    package static let route = Route.get("/v1/macct")
    package static let summary = "What waits, is being done, and what became of the last of each host and image."

    /// Of one host only.
    package var host: String?
}

/// Asked until a queued account is over: see `linboctl macct apply`.
package struct GetMachineAccount: APIOperation {
    package typealias Answer = MachineAccountEntry
    package static let route = Route.get("/v1/macct/{number}")
    package static let summary = "How far one of them is."

    /// `MachineAccountEntry.id`.
    package var number: Int64
}

/// Refused if the host's role or its start.conf does not allow it.
package struct ApplyMachineAccount: APIOperation {
    package typealias Answer = MachineAccountEntry
    package static let route = Route.post("/v1/macct/apply")
    package static let summary = "Queues an image's account for a host, as a start of that host does."

    /// Hostname, as in devices.csv.
    package var host: String
    /// An image that the host's start.conf uses.
    package var image: String
}

/// Done at once, not queued: Samba is asked while the caller waits.
package struct CaptureMachineAccount: APIOperation {
    /// What was saved; an account that may not be saved is a `Fault`.
    package struct Answer: Codable, Sendable {
        /// With its suffix, such as `win11.qcow2`.
        package let image: String
        /// Whose hashes they are, such as `PC01$`.
        package let account: String
    }
    package static let route = Route.post("/v1/macct/capture")
    package static let summary = "Saves the AD account of a host beside a live image, as an upload does."

    /// Such as `win11.qcow2`; it must be live.
    package var image: String
    /// The host that the image was made on.
    package var from: String
}

extension Macct: Administered {
    /// All but `CaptureMachineAccount` leave the AD to the worker.
    package static let operations: [OperationOf<Macct>] = [
        OperationOf(GetMachineAccounts.self) { plugin, question, _ in
            let queue = try plugin.queueOrFault()
            return .init(depth: try queue.depth(), entries: try queue.list(host: question.host))
        },
        OperationOf(GetMachineAccount.self) { plugin, question, _ in
            guard let entry = try plugin.queueOrFault().entry(question.number) else {
                throw Fault(.missing, "number \(question.number) is gone")
            }
            return entry
        },
        OperationOf(ApplyMachineAccount.self) { plugin, question, actor in
            try plugin.apply(question, by: actor)
        },
        OperationOf(CaptureMachineAccount.self) { plugin, question, actor in
            try await plugin.capture(question, by: actor)
        },
    ]

    private func queueOrFault() throws(Fault) -> MachineAccountQueue {
        MachineAccountQueue(database: try context.database().database)
    }

    private func image(_ text: String) throws(Fault) -> ImageName {
        guard let image = ImageName(text), image.kind != .iso else {
            throw Fault(.invalid, "\(quoted(text)) is no name of an image, such as win11.qcow2")
        }
        guard FileStatus(at: "\(context.tree.root)/\(image.directory)/\(image)") != nil else {
            throw Fault(.missing, "there is no \(image.directory)/\(image)")
        }
        return image
    }

    private func apply(_ question: ApplyMachineAccount, by actor: Actor) throws -> MachineAccountEntry {
        context.hosts.refresh()
        let host = try context.hosts.host(question.host)
        let image = try image(question.image)
        if let objection = eligibility.objection(to: image, for: host) {
            throw Fault(.conflict, "\(host.name): \(objection)")
        }
        let queue = try queueOrFault()
        let row = AuditEntry(
            "macct apply", by: actor, host: host.name.description, subject: "\(image)\(AccountFile.suffix)")
        let number = try context.database().record([row]) { database in
            try MachineAccountQueue.add(
                database, .init(.apply, host: host.name.description, image: image.text),
                now: UnixTime.nowMilliseconds())
        }
        signal.send()
        guard let entry = try queue.entry(number) else { throw Fault(.missing, "number \(number) is gone") }
        return entry
    }

    private func capture(_ question: CaptureMachineAccount, by actor: Actor) async throws
        -> CaptureMachineAccount.Answer
    {
        context.hosts.refresh()
        let image = try image(question.image)
        let host = try context.hosts.host(question.from).name
        var row = AuditEntry(
            "macct capture", by: actor, host: host.description, subject: "\(image)\(AccountFile.suffix)")
        row.outcome = .other("begun")
        try context.database().audit.append([row])
        let result: Captures.Result
        do { result = try await Captures(self).capture(image, from: host) } catch {
            throw Fault(.failed, "\(error)")
        }
        let (outcome, note) =
            switch result {
            case .captured(let account): ("captured", "the account of \(account), by \(actor)")
            case .none(let reason): ("failed", "no account: \(reason)")
            }
        Ledger(context).add(
            work: .capture, host: host.description, image: image.text, outcome: outcome, note: note, address: nil,
            since: nil)
        switch result {
        case .captured(let account): return .init(image: image.text, account: account)
        case .none(let reason): throw Fault(.conflict, "\(image) has no account now: \(reason)")
        }
    }
}
