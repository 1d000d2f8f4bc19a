package import API
import HookHost
import HookStore
import LinboModel
import LinuxKit

// What PCs told, for admins.

/// Asked by `linboctl logs`.
package struct GetClientLog: APIOperation {
    /// A piece of a log.
    package struct Answer: Codable, Sendable {
        /// Hostname.
        package let host: String
        /// Oldest first; with `?` for what is not printable.
        package let lines: [String]
        /// For `after`, to read on; nil: the PC has sent no log yet.
        package let next: String?
        /// Some lines behind `after` are not kept any more.
        package let hasGap: Bool
        /// When the log was fetched last; milliseconds since 1970. nil: not known.
        package let fetched: Int64?
    }
    package static let route = Route.get("/v1/pcs/{host}/logs")
    package static let summary = "The log of a PC's LINBO, as the PC sent it."

    /// Hostname or address; it need not be in devices.csv any more.
    package var host: String
    /// How many, the newest; 100 by default, 100000 at most. It does not count with `after`.
    package var lines: Int?
    /// `next` of an answer: what came since.
    package var after: String?
}

/// Asked by `linboctl hardware`.
package struct GetHardware: APIOperation {
    /// Firmware that LINBO lacks.
    package struct Firmware: Codable, Sendable {
        /// Below `/lib/firmware`.
        package let name: String
        /// When a log told of it last; milliseconds since 1970.
        package let seen: Int64
    }

    /// What differs between two reports.
    package struct Change: Codable, Sendable {
        /// When the newer report came; milliseconds since 1970.
        package let at: Int64
        /// A sentence each.
        package let what: [String]
    }

    /// What is known of a PC.
    package struct Answer: Codable, Sendable {
        /// Hostname.
        package let host: String
        /// Since when it is so, as far as it is known; milliseconds since 1970.
        package let since: Int64?
        /// When the PC reported last; nil: it never did.
        package let seen: Int64?
        /// nil: the PC never reported.
        package let facts: HardwareFacts?
        /// Newest first.
        package let changes: [Change]
        /// By name.
        package let missingFirmware: [Firmware]
    }
    package static let route = Route.get("/v1/pcs/{host}/hardware")
    package static let summary =
        "What a PC is made of by its hwinfo, what changed, and firmware that LINBO lacks for it."

    /// Hostname or address; it need not be in devices.csv any more.
    package var host: String
}

/// Asked by `linboctl client-images`.
package struct GetClientImages: APIOperation {
    /// Whether a PC has what the server has.
    package enum State: String, Codable, Sendable, CaseIterable {
        /// It has.
        case current
        /// The server has a newer one.
        case outdated
        /// It was made on the PC, and the server does not have it.
        case newer
        /// The PC has told of none, or the server's `.info` can't be read.
        case unknown
    }

    /// One for each PC and image.
    package struct Row: Codable, Sendable {
        /// Hostname.
        package let host: String
        /// File name: with the qdiff, if one was put above the image.
        package let image: String
        /// `applied` or `created`; nil: the PC has told of none.
        package let act: String?
        /// When, by the PC's clock: `YYYYMMDDhhmm`.
        package let at: String?
        /// By the image's `.info`: `YYYYMMDDhhmm`.
        package let timestamp: String?
        /// Since when it has this one, as far as it is known; milliseconds since 1970.
        package let since: Int64?
        /// What the server has: `YYYYMMDDhhmm`.
        package let current: String?
        /// By the two timestamps.
        package let state: State
    }
    package typealias Answer = [Row]
    package static let route = Route.get("/v1/client-images")
    package static let summary = "Which PC has which image, from when, and whether the server has a newer one."

    /// Hosts, `room:NAME`, `group:NAME`; all by default.
    package var targets: [String]?
    /// Such as `win11` or `win11.qcow2`.
    package var image: String?
    /// Those alone that have an older one than the server.
    package var outdated: Bool?
}

extension ClientLogs: Administered {
    /// Questions alone: nobody tells PCs what they told.
    package static let operations: [OperationOf<ClientLogs>] = [
        OperationOf(GetClientLog.self) { plugin, question, _ in try plugin.log(question) },
        OperationOf(GetHardware.self) { plugin, question, _ in try plugin.hardware(question.host) },
        OperationOf(GetClientImages.self) { plugin, question, _ in try plugin.images(question) },
    ]

    /// Of one that is gone from devices.csv something may be kept still.
    private func name(_ text: String) throws(Fault) -> HostName {
        if let name = HostName(text), FileStatus(at: keeper.shelf.place(name)) != nil { return name }
        context.hosts.refresh()
        return try context.hosts.host(text).name
    }

    private func ledger() throws(Fault) -> ClientLedger { ClientLedger(database: try context.database().database) }

    // MARK: Logs

    private static let lineLimit = 100_000

    private func log(_ question: GetClientLog) throws -> GetClientLog.Answer {
        let name = try name(question.host)
        let count = question.lines ?? 100
        guard (1...Self.lineLimit).contains(count) else {
            throw Fault(.invalid, "\(count) is no number of lines", at: "lines", fix: "write 1 to \(Self.lineLimit)")
        }
        let place = try question.after.map { text throws(Fault) in
            guard let place = LogTail.Place(text) else {
                throw Fault(
                    .invalid, "\(quoted(text)) is no place in a log", at: "after", fix: "write an answer's `next`")
            }
            return place
        }
        let page = try keeper.shelf.ifKept(name) { directory in
            let tail = LogTail(in: directory)
            return try place.map { try tail.page(after: $0, lines: count) } ?? tail.last(count)
        }
        return .init(
            host: name.description, lines: page?.lines ?? [], next: page?.next?.description,
            hasGap: page?.hasGap ?? false, fetched: try? keeper.ledger?.lastTime(.log, of: name))
    }

    // MARK: Hardware

    private func hardware(_ host: String) throws -> GetHardware.Answer {
        let name = try name(host)
        let ledger = try ledger()
        let reports = try ledger.hardware(of: name)
        return .init(
            host: name.description, since: reports.first?.at, seen: reports.first?.seen, facts: reports.first?.facts,
            changes: zip(reports, reports.dropFirst()).map { new, old in
                .init(at: new.at, what: new.facts.changes(since: old.facts))
            },
            missingFirmware: try ledger.firmware(of: name).map { .init(name: $0.name, seen: $0.seen) })
    }

    // MARK: Images

    private func images(_ question: GetClientImages) throws -> [GetClientImages.Row] {
        context.hosts.refresh()
        let hosts =
            try question.targets.map { try Targets($0).all(in: context.hosts) }
            ?? context.hosts.devices.hosts.filter { $0.pxe != 0 }
        let told = Dictionary(grouping: try ledger().images(), by: \.host)
        var server = ServerImages(tree: context.tree)
        let rows = hosts.flatMap { host in
            let known = told[host.name.lowercased] ?? []
            let silent = server.images(of: host.group).filter { image in !known.contains { $0.base == image.base } }
            return known.map { Self.row($0, of: host, &server) }
                + silent.map { image in
                    .init(
                        host: host.name.description, image: image.text, act: nil, at: nil, timestamp: nil, since: nil,
                        current: server.timestamp(of: image.base), state: .unknown)
                }
        }
        let wanted = try question.image.map { try base($0, among: rows) }
        return rows.filter { row in
            (wanted == nil || ImageName(row.image)?.base == wanted)
                && (question.outdated != true || row.state == .outdated)
        }
    }

    private static func row(
        _ image: ClientLedger.Image, of host: Host, _ server: inout ServerImages
    ) -> GetClientImages.Row {
        let current = server.timestamp(of: image.base)
        let state: GetClientImages.State =
            if let mine = image.timestamp, let current {
                mine == current ? .current : mine < current ? .outdated : .newer
            } else { .unknown }
        return .init(
            host: host.name.description, image: image.image, act: image.act, at: image.at, timestamp: image.timestamp,
            since: image.since, current: current, state: state)
    }

    /// - Throws: `Fault` for an image that nobody has: a typing error would look as if all were well.
    private func base(_ text: String, among rows: [GetClientImages.Row]) throws(Fault) -> String {
        let base = ImageName(text)?.base ?? text
        let known = Set(rows.compactMap { ImageName($0.image)?.base } + ServerImages(tree: context.tree).all)
        guard !known.contains(base) else { return base }
        let nearest = nearestWord(to: base, in: known.sorted()).map { "; did you mean '\($0)'?" } ?? ""
        throw Fault(.missing, "no image \(quoted(text)) on the server or a PC\(nearest)")
    }
}
