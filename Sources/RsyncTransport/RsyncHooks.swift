package import Glibc
package import HookHost
package import HookStore
package import HookWire
import LinboModel
import LinuxKit
package import Logging
package import Uploads

/// What rsyncd's three hooks do. It holds no state of its own: connections are recorded on disk (`LiveRecords`), so the
/// daemon and `once` can take turns in the middle of a transfer.
package struct RsyncHooks: Sendable {
    let runtime: Runtime
    let hosts: HostDirectory
    let records: LiveRecords
    let paths: ViewPaths
    let group: gid_t?
    let audit: AuditWriter?
    let marks: WorkMarks
    let logger: Logger
    let ballast: Ballast
    package let uploads: UploadHooks
    private let turns = FillTurns()
    private let refusals: RefusalLog

    /// - Parameters:
    ///   - group: the group of rsyncd's module, that reads what is made for clients; nil leaves it to the daemon's own.
    ///   - audit: nil if the database can't be used; clients boot all the same.
    ///   - wake: called when something was uploaded.
    package init(
        runtime: Runtime, hosts: HostDirectory, paths: ViewPaths, group: gid_t?, audit: AuditWriter?, desk: UploadDesk,
        marks: WorkMarks, endedUploads: EndedUploads, logger: Logger, wake: @escaping @Sendable () -> Void
    ) {
        self.runtime = runtime
        self.hosts = hosts
        self.paths = paths
        self.group = group
        self.audit = audit
        self.marks = marks
        self.logger = logger
        records = LiveRecords(paths: paths, group: group)
        ballast = Ballast(paths, logger: logger)
        refusals = RefusalLog(audit: audit, logger: logger)
        uploads = UploadHooks(
            runtime: runtime, hosts: hosts, desk: desk, refusals: refusals, audit: audit, ended: endedUploads,
            logger: logger, wake: wake)
    }

    /// How long a call may take: an image that is copied for rsync's delta takes minutes, all else is a plugin that
    /// hangs, and `once` does better.
    package func longest(_ frame: HookFrame) -> Duration {
        let isUpload = (try? HookEnvironment(frame.fields)).map { uploads.serves($0) } ?? false
        return isUpload ? .seconds(1800) : .seconds(60)
    }

    /// Answers one call of linbo-hook.
    /// - Parameter isAbandoned: whether the caller has given up, and turned to `once`.
    package func handle(
        _ frame: HookFrame, isAbandoned: @escaping @Sendable () -> Bool = { false }
    ) async -> HookReply {
        do {
            let environment = try HookEnvironment(frame.fields)
            switch frame.call {
            case .early: try early(environment)
            case .pre: try await pre(environment, isAbandoned)
            case .post: try await post(environment)
            }
            return HookReply(.proceed)
        } catch let refusal as Refusal {
            return HookReply(.refuse, "linbo-hookd: \(refusal.reason)")
        } catch let error as HookEnvironmentError {
            return HookReply(.refuse, "linbo-hookd: \(error)")
        } catch  where ballast.relieves(error) {
            return await handle(frame, isAbandoned: isAbandoned)
        } catch {
            logger.error("\(frame.call.word): \(error)")
            return HookReply(.unable)
        }
    }

    // MARK: early

    func early(_ environment: HookEnvironment) throws {
        if uploads.serves(environment) { return try uploads.early(environment) }
        try checkModule(environment)
        _ = try records.admit(environment)
    }

    /// The module's path must be a view of ours, or the hooks would place files somewhere else.
    private func checkModule(_ environment: HookEnvironment) throws(Refusal) {
        let expected = paths.view(of: environment.addressText)
        guard environment.modulePath == expected else {
            throw Refusal(
                "module \(environment.module) has path \(environment.modulePath), not \(expected): "
                    + "use the lines of linboctl rsyncd-conf")
        }
    }

    // MARK: pre

    func pre(_ environment: HookEnvironment, _ isAbandoned: @escaping @Sendable () -> Bool) async throws {
        hosts.refresh()
        if uploads.serves(environment) { return try await uploads.pre(environment, isAbandoned) }
        let arguments = RsyncArguments(environment.arguments)
        let client = hosts.client(at: environment.address)
        let connection = try records.connection(of: environment)
        var ticket = Ticket(
            asked: UnixTime.nowMilliseconds(), address: environment.addressText,
            host: client.host?.name.description, intent: arguments.intent)
        do {
            if RsyncArguments.leavesModule(environment.rawRequest) { throw Refusal("\(PathError.parentReference)") }
            try await fill(environment, arguments, client, connection, &ticket, isAbandoned)
            // `once` writes the ticket that counts then.
            guard !isAbandoned() else { return }
            try records.write(ticket, of: connection, address: environment.addressText)
        } catch let refusal as Refusal {
            refusals.tell(refusal, environment, ticket, connection)
            try? records.write(ticket, of: connection, address: environment.addressText)
            throw refusal
        }
    }

    private func fill(
        _ environment: HookEnvironment, _ arguments: RsyncArguments, _ client: Client, _ connection: ConnectionID,
        _ ticket: inout Ticket, _ isAbandoned: @escaping @Sendable () -> Bool
    ) async throws {
        try checkModule(environment)
        guard arguments.isSender else { throw Refusal("module \(environment.module) is read only") }
        guard !arguments.namesFilesLater else {
            throw Refusal(
                "--files-from is not served, as its names come too late: name the files themselves, or a directory")
        }
        let address = environment.addressText
        let owner = ViewOwner(client, mac: hosts.seenMAC(at: environment.address))
        try records.take(address, for: owner)
        ticket.owner = owner.text
        let view = View(address: address, paths: paths, group: group)
        var filler = ViewFiller(
            runtime: runtime, view: view, client: client, arguments: arguments, connection: connection, ticket: ticket,
            ballast: ballast, logger: logger, isAbandoned: isAbandoned, turns: turns,
            holdsView: { [records] in records.holds(owner, address) })
        // Also if it is refused half-way: what was claimed until then is given back by `post`.
        defer { ticket = filler.ticket }
        try await filler.placeAll()
        guard records.holds(owner, address) else { throw Refusal("\(address) has got another owner: try again") }
    }

    // MARK: post

    func post(_ environment: HookEnvironment) async throws {
        let status: DeliveryStatus =
            switch environment.exitStatus {
            case 0: .delivered
            case nil: .uncertain(.noStatus)
            case let code?: .failed(.rsync(code))
            }
        if uploads.serves(environment) {
            let connection = try uploads.records.connection(of: environment)
            // The client has gone; only a lock that is stuck keeps its upload from being taken.
            return try uploads.end(connection, address: environment.addressText, status, patience: 20_000)
        }
        let connection = try records.connection(of: environment)
        try await end(connection, address: environment.addressText, status)
    }

    /// Tells outcomes, writes the audit log, and lets go of the connection.
    func end(_ connection: ConnectionID, address: String, _ status: DeliveryStatus) async throws {
        if let ticket = records.ticket(of: connection, address: address) {
            let isItsView = ticket.owner.flatMap { ViewOwner(text: $0) }.map { records.holds($0, address) } ?? true
            let view = isItsView ? View(address: address, paths: paths, group: group) : nil
            var entries: [AuditEntry] = []
            for delivery in ticket.deliveries {
                let result = await conclude(delivery, ticket, connection, status, view)
                entries.append(ticket.entry(delivery, connection, outcome: ticket.outcome(of: delivery, result)))
            }
            audit?.append(entries)
        }
        try records.release(connection, address: address)
    }

    /// - Parameter view: nil if the address has got another owner, with a view of its own.
    private func conclude(
        _ delivery: Delivery, _ ticket: Ticket, _ connection: ConnectionID, _ status: DeliveryStatus,
        _ view: View?
    ) async -> DeliveryStatus {
        guard let claim = delivery.claim, let path = try? TreePath(delivery.path) else { return status }
        var status = status
        if claim.isOneShot {
            let end = status
            status = view.map { oneShotStatus(end, path, $0) } ?? .uncertain(.otherOwner)
            // The place of a connection that died may be a live one's by now; the directory goes with the last of them.
            if !end.isUncertain { view?.remove(path) }
        }
        await runtime.tell(status, of: delivery, to: ticket.host.flatMap { .init($0) }, connection)
        return status
    }

    /// What became of content that may be delivered once, in doubt `uncertain`.
    private func oneShotStatus(_ status: DeliveryStatus, _ path: TreePath, _ view: View) -> DeliveryStatus {
        let wasRead = view.wasRead(path)
        switch status {
        case .delivered where view.status(of: path) == nil: return .uncertain(.otherConnection)
        case .delivered where !wasRead, .uncertain where !wasRead: return .untouched
        // Another file of the connection was missing; this one left the server.
        case .failed(.rsync(Cause.rsyncPartial)) where wasRead:
            return .uncertain(.incomplete)
        default: return status
        }
    }
}

extension DeliveryStatus {
    var isUncertain: Bool {
        if case .uncertain = self { true } else { false }
    }
}

extension Ticket {
    /// In the words of the audit log. rsync's status is one for the whole connection, so what was not there is told
    /// apart from what was not sent.
    func outcome(of delivery: Delivery, _ status: DeliveryStatus) -> OutcomeWord {
        switch delivery.decision {
        case .missing, .hidden: .notThere
        // Nothing was placed, unless the rest of a file was.
        case .refused where delivery.bytes == nil: .notThere
        default: intent == .probe && status == .delivered ? .lookedAt : status.outcome
        }
    }

    func entry(_ delivery: Delivery, _ connection: ConnectionID, outcome: OutcomeWord) -> AuditEntry {
        AuditEntry(
            delivery,
            of: Asked(at: asked, over: .rsync, connection, address: address, host: host, intent: intent),
            outcome: outcome, duration: max(0, UnixTime.nowMilliseconds() - asked))
    }
}
