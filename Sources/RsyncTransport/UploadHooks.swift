import Glibc
import HookHost
import HookStore
import HookWire
import LinboModel
import LinuxKit
import Logging
import Uploads

/// What rsyncd's hooks do in module `linbo-upload`: a client writes into a directory of its own outside the tree, and
/// what has come whole is taken from there.
package struct UploadHooks: Sendable {
    let runtime: Runtime
    let hosts: HostDirectory
    let desk: UploadDesk
    let records: LiveRecords
    let refusals: RefusalLog
    let audit: AuditWriter?
    let logger: Logger
    package let endedUploads: EndedUploads
    /// Wakes whoever brings sets into the tree.
    let wake: @Sendable () -> Void

    init(
        runtime: Runtime, hosts: HostDirectory, desk: UploadDesk, refusals: RefusalLog, audit: AuditWriter?,
        ended: EndedUploads, logger: Logger, wake: @escaping @Sendable () -> Void
    ) {
        self.runtime = runtime
        self.hosts = hosts
        self.desk = desk
        records = LiveRecords(paths: ViewPaths(base: desk.paths.base))
        self.refusals = refusals
        self.audit = audit
        endedUploads = ended
        self.logger = logger
        self.wake = wake
    }

    /// Whether rsyncd's module is the one for uploads.
    func serves(_ environment: HookEnvironment) -> Bool {
        environment.modulePath == records.paths.view(of: environment.addressText)
    }

    func early(_ environment: HookEnvironment) throws {
        _ = try records.admit(environment)
    }

    // MARK: pre

    func pre(_ environment: HookEnvironment, _ isAbandoned: @escaping @Sendable () -> Bool) async throws {
        let arguments = RsyncArguments(environment.arguments)
        let client = hosts.client(at: environment.address)
        let connection = try records.connection(of: environment)
        var ticket = Ticket(
            asked: UnixTime.nowMilliseconds(), address: environment.addressText,
            host: client.host?.name.description, intent: .store)
        do {
            let name = try name(environment, arguments)
            var delivery = Delivery(path: name.path.description, decision: .upload)
            let view = records.paths.view(of: environment.addressText)
            if arguments.isDryRun {
                delivery.decision = .dryRun
                try desk.show(name, view: view)
            } else {
                let ended = try checkRoom(for: name, of: client, connection)
                delivery.claim = .upload(try begin(name, client, connection, view, insteadOf: ended))
            }
            ticket.deliveries.append(delivery)
            guard !isAbandoned() else { return }
            try records.write(ticket, of: connection, address: environment.addressText)
            if !arguments.isDryRun { await tellPlugins(name, client, connection, environment) }
        } catch let refusal as Refusal {
            refusals.tell(refusal, environment, ticket, connection)
            throw refusal
        }
    }

    private func begin(
        _ name: UploadName, _ client: Client, _ connection: ConnectionID, _ view: String,
        insteadOf ended: [ConnectionID]
    ) throws -> UploadToken {
        do {
            return try desk.begin(
                name, client: client, connection: connection, view: view, insteadOf: ended,
                outranks: { isKnown(client.address.description) && !isKnown($0) })
        } catch let busy as UploadBusy {
            logger.error("\(busy)")
            throw Refusal("\(name.path) is locked on the server: try again, and ask the admin to look into its log")
        }
    }

    private func name(_ environment: HookEnvironment, _ arguments: RsyncArguments) throws(Refusal) -> UploadName {
        guard !arguments.isSender else { throw Refusal("this module takes uploads only: download from module linbo") }
        if RsyncArguments.leavesModule(environment.rawRequest) { throw Refusal("\(PathError.parentReference)") }
        guard let bytes = arguments.paths.first, arguments.paths.count == 1, bytes.last != UInt8(ascii: "/") else {
            throw Refusal("name the one file that is uploaded, such as images/win11/win11.qcow2")
        }
        let path: TreePath
        do throws(PathError) {
            path = try TreePath(parsing: bytes)
        } catch {
            throw Refusal("\(error)")
        }
        return try UploadName(path)
    }

    private func tellPlugins(
        _ name: UploadName, _ client: Client, _ connection: ConnectionID, _ environment: HookEnvironment
    ) async {
        guard case .image(let image) = name else { return }
        let directory = "\(records.paths.view(of: environment.addressText))/\(image.directory)"
        let arriving = ArrivingImage(
            name: image, directory: directory, uploader: client, isUnderway: { connection.isAlive })
        await runtime.arriving(arriving)
    }

    // MARK: post

    /// - Parameter patience: milliseconds for an image's lock.
    /// - Throws: `UploadBusy`: nothing is concluded, and it is to be called again.
    func end(_ connection: ConnectionID, address: String, _ status: DeliveryStatus, patience: Int) throws {
        if let ticket = records.ticket(of: connection, address: address) {
            audit?.append(
                try ticket.deliveries.map { delivery in
                    let (outcome, reason, bytes) = try conclude(delivery, ticket, connection, status, patience)
                    let ending = status == .delivered ? nil : desk.paths.ending(of: connection)?.reason
                    var told = delivery
                    told.reason = [ending.map { "ended: \($0)" }, reason].compactMap(\.self).joined(separator: "; ")
                    if told.reason?.isEmpty == true { told.reason = nil }
                    told.bytes = bytes
                    return ticket.entry(told, connection, outcome: outcome)
                })
        }
        desk.paths.forgetEnding(of: connection)
        try records.release(connection, address: address)
        wake()
    }

    private typealias Conclusion = (outcome: OutcomeWord, reason: String?, bytes: Int64?)

    private func conclude(
        _ delivery: Delivery, _ ticket: Ticket, _ connection: ConnectionID, _ status: DeliveryStatus,
        _ patience: Int
    ) throws -> Conclusion {
        guard delivery.decision == .upload, let path = try? TreePath(delivery.path),
            let name = try? UploadName(path), let address = IPAddress(ticket.address)
        else { return (status == .delivered ? .lookedAt : status.outcome, nil, nil) }
        do {
            let result = try desk.end(
                name, delivery.uploadToken, client: hosts.client(at: address), connection: connection,
                view: records.paths.view(of: ticket.address), isWhole: status == .delivered,
                failure: desk.paths.ending(of: connection)?.reason ?? status.description, patience: patience)
            return words(for: result, status)
        } catch let busy as UploadBusy {
            throw busy
        } catch let refusal as Refusal {
            logger.notice(
                "refused \(path) of \(ticket.host ?? ticket.address): \(refusal.reason)",
                metadata: .client(ticket.address, host: ticket.host))
            return (.refused(nil), refusal.reason, nil)
        } catch {
            logger.error(
                "\(path) of \(ticket.host ?? ticket.address): \(error)",
                metadata: .client(ticket.address, host: ticket.host))
            return (.failed(nil), "\(error)", nil)
        }
    }

    private func words(for result: UploadDesk.Result, _ status: DeliveryStatus) -> Conclusion {
        switch result {
        case .received(let bytes): (.received, nil, bytes)
        case .unchanged: (.unchanged, "it is the live file", nil)
        case .kept(let bytes): (status.outcome, "\(bytes) bytes are kept for the next try", bytes)
        case .nothing: (status == .delivered ? .nothingCame : status.outcome, nil, nil)
        }
    }
}

extension Delivery.Claim {
    /// Whom an upload's record names: no plugin, but the upload itself, which goes on by its token.
    static let uploads: PluginName = "uploads"

    fileprivate static func upload(_ token: UploadToken) -> Delivery.Claim {
        Delivery.Claim(owner: uploads, token: token.text, isOneShot: false)
    }
}

extension Delivery {
    /// Which upload it is.
    var uploadToken: UploadToken { UploadToken(claim?.token ?? "") }
}
