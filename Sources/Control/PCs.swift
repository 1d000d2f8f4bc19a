package import API
import Glibc
package import HookHost
package import HookStore
import LinboHookd
import LinboModel
import LinuxKit
package import Timeline

// What PCs do, and why they got what they got.

/// Asked by `linboctl pcs`.
package struct GetPCs: APIOperation {
    /// What is known of one PC.
    package struct PC: Codable, Sendable {
        /// As in devices.csv.
        package let host: String
        /// Column 1 of devices.csv.
        package let room: String
        /// The PC's start.conf is its group's.
        package let group: String
        /// Column 10: commands are for 1 and 2.
        package let pxe: Int
        /// As of the last two seconds.
        package let state: PCState
        /// nil: none in that time.
        package let lastBoot: Boot?
        /// How many there were in that time.
        package let boots: Int
        /// What is missing, with the likely cause; nil: nothing is.
        package let fault: String?
    }
    package typealias Answer = [PC]
    package static let route = Route.get("/v1/pcs")
    package static let summary = "What each PC does, and its last boot: how far, with which image, what was missing."

    /// Hosts, `room:NAME`, `group:NAME`, `school:NAME`; by default all that boot from the network.
    package var targets: [String]?
    /// How far to look back, such as `24h`.
    package var since: String?

    /// Of whom, and how far back; nil is what is usual.
    package init(targets: [String]?, since: String?) {
        self.targets = targets
        self.since = since
    }
}

/// Asked by `linboctl pcs HOST`.
package struct GetPC: APIOperation {
    /// What the list of PCs has of it, and more.
    package struct Answer: Codable, Sendable {
        /// Its line in the list of PCs.
        package let pc: GetPCs.PC
        /// Of the last day, oldest first.
        package let boots: [Boot]
        /// What is on the way to it right now.
        package let running: [RunningTransfer]
    }
    package static let route = Route.get("/v1/pcs/{host}")
    package static let summary = "What one PC does, what is on the way to it, and its boots of the last day."

    /// A host's name, or an address.
    package var host: String

    /// Of one PC.
    package init(host: String) {
        self.host = host
    }
}

/// Asked by `linboctl why`.
package struct GetTimeline: APIOperation {
    /// A PC's story, and what to make of it.
    package struct Answer: Codable, Sendable {
        /// nil: no devices.csv knows the address.
        package let host: String?
        /// `DHCP` for a host that has no address of its own.
        package let address: String
        /// Why it counts as that host, in words.
        package let recognised: String
        /// Oldest first.
        package let entries: [AuditEntry]
        /// Paths that each client asks for at every boot, and this one did not.
        package let neverAsked: [String]
        /// Oldest first.
        package let boots: [Boot]
        /// What is on the way to it right now.
        package let running: [RunningTransfer]
        /// In words: how far the last boot came, and what is likely wrong.
        package let verdict: String
    }
    package static let route = Route.get("/v1/pcs/{host}/timeline")
    package static let summary = "What a PC asked, what it got and from whom, what it never asked for."

    /// A host's name, or an address.
    package var host: String
    /// How far to look back, such as `24h`.
    package var since: String?

    /// Of whom, and how far back; nil is a day.
    package init(host: String, since: String?) {
        self.host = host
        self.since = since
    }
}

/// Asked by `linboctl explain`.
package struct Explain: APIOperation {
    package typealias Answer = Explanation
    package static let route = Route.get("/v1/explain")
    package static let summary = "What a host would get for a path, from whom, and why. Nothing is consumed or changed."

    /// A host's name, or an address.
    package var host: String
    /// Below the LINBO root.
    package var path: String
    /// How it would ask; by default over rsync.
    package var over: Transport?

    /// - Parameters:
    ///   - host: a host's name, or an address.
    ///   - path: below the LINBO root; over TFTP as firmware names it.
    ///   - over: nil: over rsync.
    package init(host: String, path: String, over: Transport? = nil) {
        self.host = host
        self.path = path
        self.over = over
    }
}

/// Asked by `linboctl audit`.
package struct GetAudit: APIOperation {
    package typealias Answer = [AuditEntry]
    package static let route = Route.get("/v1/audit")
    package static let summary = "The audit log of all hosts: every request, what was decided, and how it ended."

    /// How far to look back, such as `24h`.
    package var since: String?
    /// Only what was so long ago.
    package var until: String?
    /// Hosts, `room:NAME`, addresses.
    package var targets: [String]?
    /// Only paths that have this in them.
    package var path: String?
    /// Only results or outcomes that begin like this.
    package var state: String?
    /// At most so many, the newest.
    package var limit: Int?

    /// What is left out leaves out nothing; the newest 200 come where no limit is given.
    package init(
        since: String?, until: String?, targets: [String]?, path: String?, state: String?, limit: Int?
    ) {
        (self.since, self.until, self.targets) = (since, until, targets)
        (self.path, self.state, self.limit) = (path, state, limit)
    }
}

extension Control {
    private static let day = Duration.seconds(86_400)

    static let pcOperations: [OperationOf<Control>] = [
        OperationOf(GetPCs.self) { control, question, _ in try await control.pcs(question) },
        OperationOf(ProbePCs.self) { control, question, _ in try await control.probe(question) },
        OperationOf(GetPC.self) { control, question, _ in try await control.pc(question) },
        OperationOf(GetTimeline.self) { control, question, _ in try await control.timeline(question) },
        OperationOf(Explain.self) { control, question, _ in
            let assembly = control.assembly
            assembly.hosts.refresh()
            return try await Explanation.of(question, in: assembly)
        },
        OperationOf(GetAudit.self) { control, question, _ in try control.audit(question) },
    ]

    /// So that nobody is shown an old state.
    private func look() async throws {
        assembly.audit?.flush(within: .seconds(1))
        try await pcs.look()
    }

    private func pcs(_ question: GetPCs) async throws -> [GetPCs.PC] {
        try await look()
        let assembly = assembly
        assembly.hosts.refresh()
        let targets = Targets(question.targets ?? [])
        let hosts =
            targets.isEmpty ? assembly.hosts.devices.hosts.filter { $0.pxe != 0 } : try targets.all(in: assembly.hosts)
        let seen = zip(hosts, pcs.views(of: hosts))
        guard let since = question.since else { return seen.map { GetPCs.PC($0, $1.state, $1.boots, fault: $1.fault) } }
        let entries = try store().audit.entries(
            .init(since: try Self.time(since, named: "since", or: Self.day), limit: Self.rowLimit))
        let byHost = Dictionary(grouping: entries.filter { $0.host != nil }) { $0.host?.lowercased() ?? "" }
        let groups = assembly.config.groups
        return seen.map { host, view in
            let boots = BootHistory(byHost[host.name.lowercased] ?? []).boots
            return GetPCs.PC(
                host, view.state, boots, fault: boots.last?.explainedFault(of: host, groups: groups))
        }
    }

    private func pc(_ question: GetPC) async throws -> GetPC.Answer {
        try await look()
        let assembly = assembly
        assembly.hosts.refresh()
        guard let host = try assembly.hosts.client(question.host).host, let view = pcs.views(of: [host]).first else {
            throw Fault(.missing, "no devices.csv has \(quoted(question.host))", at: "host")
        }
        return GetPC.Answer(
            pc: GetPCs.PC(host, view.state, view.boots, fault: view.fault), boots: view.boots, running: view.running)
    }

    // MARK: Why

    private func timeline(_ question: GetTimeline) async throws -> GetTimeline.Answer {
        let assembly = assembly
        assembly.hosts.refresh()
        let client = try assembly.hosts.client(question.host)
        let since = try Self.time(question.since, named: "since", or: Self.day)
        let entries = try store().audit.entries(
            .init(host: client.host?.name.description, address: client.knownAddress, since: since))
        let boots = BootHistory(entries).boots
        try await pcs.look()
        let running = pcs.running(to: client.knownAddress, of: client.host?.name.description)
        return GetTimeline.Answer(
            host: client.host?.name.description, address: client.knownAddress ?? "DHCP",
            recognised: client.recognition.description, entries: entries,
            neverAsked: client.host.map { BootSteps.missing(for: $0, in: entries) } ?? [], boots: boots,
            running: running, verdict: verdict(boots, running, client, question.since ?? "24h"))
    }

    private func verdict(_ boots: [Boot], _ running: [RunningTransfer], _ client: Client, _ since: String) -> String {
        if let last = boots.last {
            return "last boot \(last.verdict(of: client.host, groups: assembly.config.groups))"
        }
        if !running.isEmpty { return "it fetches something right now" }
        guard let host = client.host else { return "nothing of a boot in the last \(since)" }
        if host.pxe == 0 { return "no boot in the last \(since): it has PXE flag 0 in \(host.source)" }
        return
            "no boot over this server in the last \(since): it was off, started from its disk, or asked another server"
    }

    // MARK: Audit

    private func audit(_ question: GetAudit) throws -> [AuditEntry] {
        let limit = question.limit ?? 200
        guard limit > 0 else { throw Fault(.invalid, "\(limit) is no number from 1 on", at: "limit") }
        let hosts = try question.targets.map { targets throws(Fault) in try names(targets) }
        let end = try question.until.map { text throws(Fault) in try Self.time(text, named: "until", or: .zero) }
        let isFiltered = hosts != nil || question.path != nil || question.state != nil || end != nil
        let found = try store().audit.entries(
            .init(
                since: try Self.time(question.since, named: "since", or: Self.day),
                limit: isFiltered ? Self.rowLimit : min(limit, Self.rowLimit)))
        return found.filter { entry in
            entry.at <= end ?? .max
                && hosts.map { $0.contains(entry.host?.lowercased() ?? "") || $0.contains(entry.address) } ?? true
                && question.path.map { entry.path.contains($0) } ?? true
                && question.state.map {
                    entry.outcome.rawValue.hasPrefix($0) || entry.decision.rawValue.hasPrefix($0)
                } ?? true
        }.suffix(limit)
    }

    /// Names and addresses, in lower case. One that no devices.csv has any more may have rows; rooms, groups and
    /// schools have none of their own.
    private func names(_ targets: [String]) throws(Fault) -> Set<String> {
        var names: Set<String> = []
        for word in targets {
            do throws(Fault) {
                names.formUnion(try Targets([word]).all(in: assembly.hosts).map(\.name.lowercased))
            } catch {
                guard !word.contains(":") || IPAddress(word) != nil else { throw error }
                names.insert(word.lowercased())
            }
        }
        return names
    }
}

extension GetPCs.PC {
    fileprivate init(_ host: LinboModel.Host, _ state: PCState, _ boots: [Boot], fault: String?) {
        self.init(
            host: host.name.description, room: host.room, group: host.group.description, pxe: host.pxe, state: state,
            lastBoot: boots.last, boots: boots.count, fault: fault)
    }
}

extension Client {
    /// A host whose address changes is found by name alone.
    fileprivate var knownAddress: String? { host != nil && host?.address == nil ? nil : address.description }
}
