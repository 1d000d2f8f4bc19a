package import API
import HookHost
import HookStore
import LinboModel
import LinuxKit
import Supervision

// What can be asked of senders, and told to them.

/// Asked by `linboctl multicast`.
package struct GetMulticast: APIOperation {
    /// A PC that joined.
    package struct Receiver: Codable, Sendable {
        /// nil: a client that no devices.csv knows.
        package let host: String?
        /// The PC's.
        package let address: String
        /// When it joined; milliseconds since 1970.
        package let joined: Int64
        /// Of its own progress nothing is known: all are as far as the slowest one.
        package let state: ReceiverState
    }

    /// An image in one network of the server's.
    package struct Session: Codable, Sendable {
        /// The image's file name.
        package let image: String
        /// The server's own address in that network.
        package let server: String
        /// udpcast's port base.
        package let port: Int
        /// How far it is.
        package let phase: RoundPhase
        /// Of this round, in the order in which they joined.
        package let receivers: [Receiver]
        /// That all receivers have.
        package let bytes: Int64
        /// The image's; nil: it is not there any more.
        package let size: Int64?
        /// Bytes a second since the round's transfer began; nil: it has not.
        package let rate: Int64?
        /// Seconds until all are done, as it goes on; nil: nobody knows.
        package let secondsLeft: Int64?
        /// Hosts whose list has it: they may come.
        package let wanted: [String]
        /// Since when its sender runs; milliseconds since 1970. nil: it does not.
        package let since: Int64?
        /// What keeps it from running, in words.
        package let fault: String?
    }
    package typealias Answer = [Session]
    package static let route = Route.get("/v1/multicast")
    package static let summary = "Senders of images by multicast: who has joined, how far they are."

    package init() {}
}

/// Asked by `linboctl multicast start`.
package struct StartMulticast: APIOperation {
    package typealias Answer = [GetMulticast.Session]
    package static let route = Route.post("/v1/multicast/{image}/start")
    package static let summary = "Has an image sent in all networks of the server's, until somebody stops it."

    /// Such as `win11.qcow2`.
    package var image: String
    /// A round begins with so many; by default as configured.
    package var clients: Int?
    /// Or after so many seconds since the first one joined; by default as configured.
    package var wait: Int?
}

/// Asked by `linboctl multicast go`.
package struct BeginMulticast: APIOperation {
    package typealias Answer = [GetMulticast.Session]
    package static let route = Route.post("/v1/multicast/{image}/go")
    package static let summary = "Begins rounds at once, with those PCs that have joined."

    /// Such as `win11.qcow2`.
    package var image: String
}

/// Asked by `linboctl multicast drop`.
package struct DropReceiver: APIOperation {
    package typealias Answer = [GetMulticast.Session]
    package static let route = Route.post("/v1/multicast/drop/{host}")
    package static let summary = "Takes a PC out of its round: the others go on without it."

    /// Hostname or address.
    package var host: String
}

/// Asked by `linboctl multicast stop`.
package struct StopMulticast: APIOperation {
    package typealias Answer = [GetMulticast.Session]
    package static let route = Route.post("/v1/multicast/{image}/stop")
    package static let summary = "Ends an image's senders: PCs that wait for them fetch it with rsync."

    /// Such as `win11.qcow2`.
    package var image: String
}

extension Multicast: Administered {
    package static let operations: [OperationOf<Multicast>] = [
        OperationOf(GetMulticast.self) { plugin, _, _ in try plugin.sessions() },
        OperationOf(StartMulticast.self) { plugin, question, actor in try plugin.start(question, by: actor) },
        OperationOf(BeginMulticast.self) { plugin, question, actor in try plugin.begin(question.image, by: actor) },
        OperationOf(DropReceiver.self) { plugin, question, actor in try plugin.drop(question.host, by: actor) },
        OperationOf(StopMulticast.self) { plugin, question, actor in try plugin.stop(question.image, by: actor) },
    ]

    // MARK: Looking

    private func sessions(of image: ImageName? = nil) throws -> [GetMulticast.Session] {
        context.hosts.refresh()
        let wishes = try director.ledger().demand(since: director.cutoff).wishes
        return director.sessions().filter { image == nil || $0.channel.image == image }.map { session in
            let (channel, round) = (session.channel, session.round)
            let size = director.liveFile(of: channel.image).flatMap { FileStatus(followingLinks: $0)?.size }
            let seconds = round.began.flatMap { began in round.moved.map { Double($0 - began) / 1000 } } ?? 0
            let rate = seconds > 0 ? Int64(Double(round.bytes) / seconds) : nil
            let left = rate.flatMap { rate in
                round.phase == .sending && rate > 0 ? size.map { max(0, $0 - round.bytes) / rate } : nil
            }
            return .init(
                image: channel.image.text, server: channel.serverText, port: Int(channel.port),
                phase: round.phase, receivers: round.receivers.map(receiver), bytes: round.bytes, size: size,
                rate: rate, secondsLeft: left,
                wanted: wishes.filter { $0.image == channel.image && $0.server == channel.serverText }.map(\.host),
                since: session.report?.state == .running ? session.report?.since : nil,
                fault: session.report?.state == .waiting ? session.report?.lastEnd : nil)
        }
    }

    private func receiver(_ receiver: Round.Receiver) -> GetMulticast.Receiver {
        let host = IPAddress(receiver.address).flatMap { context.hosts.client(at: $0).host }
        return .init(
            host: host?.name.description, address: receiver.address, joined: receiver.joined,
            state: receiver.state)
    }

    // MARK: Telling

    private func image(_ text: String) throws(Fault) -> ImageName {
        let names = ImageName(text).map { [$0] } ?? ["qcow2", "qdiff"].compactMap { ImageName("\(text).\($0)") }
        guard let image = names.first(where: { director.liveFile(of: $0) != nil }) else {
            throw Fault(.missing, "there is no image \(quoted(text))", fix: "`linboctl images` lists them")
        }
        guard image.kind != .iso else {
            throw Fault(.conflict, "\(image) is no disk image: LINBO fetches those alone by multicast")
        }
        return image
    }

    private func row(_ what: String, _ subject: String, by actor: Actor, host: String? = nil, _ detail: String? = nil)
        -> [AuditEntry]
    {
        [AuditEntry("multicast \(what)", by: actor, host: host, subject: subject, detail: detail)]
    }

    private func start(_ question: StartMulticast, by actor: Actor) throws -> [GetMulticast.Session] {
        let image = try image(question.image)
        for (value, name, range) in [(question.clients, "clients", 1...1000), (question.wait, "wait", 1...3600)] {
            guard value.map(range.contains) ?? true else {
                throw Fault(
                    .invalid, "\(value ?? 0) is not right", at: name,
                    fix: "write \(range.lowerBound) to \(range.upperBound)")
            }
        }
        let order = MulticastLedger.Order(image: image, clients: question.clients, wait: question.wait)
        do {
            try context.database().record(row("start", image.text, by: actor)) {
                try MulticastLedger.order(
                    order, by: actor.description, now: UnixTime.nowMilliseconds(), $0, director.range)
            }
        } catch let error as NoPort {
            throw Fault(.conflict, "\(error)")
        }
        context.supervisor.wishes.send()
        return try sessions(of: image)
    }

    private func begin(_ text: String, by actor: Actor) throws -> [GetMulticast.Session] {
        let image = try image(text)
        let gathering = director.sessions().filter { $0.channel.image == image && $0.round.phase == .gathering }
        guard !gathering.isEmpty else {
            throw Fault(
                .conflict, "nobody has joined a round of \(image) that has not begun",
                fix: "`linboctl multicast` shows them")
        }
        try context.database().record(row("go", image.text, by: actor)) { _ in
            for session in gathering {
                do throws(SystemError) { try SenderControl(channel: session.channel).go() } catch {
                    throw Fault(.failed, "the sender is not told: \(error)")
                }
            }
        }
        return try sessions(of: image)
    }

    private func drop(_ text: String, by actor: Actor) throws -> [GetMulticast.Session] {
        context.hosts.refresh()
        let host = try context.hosts.host(text)
        let found = director.sessions().flatMap { session in
            session.round.present.filter { receiver in
                IPAddress(receiver.address).flatMap { context.hosts.client(at: $0).host?.name } == host.name
            }.map { (session.channel, $0) }
        }
        guard !found.isEmpty else {
            throw Fault(.conflict, "\(host.name) is in no round", fix: "`linboctl multicast` shows who is")
        }
        let images = found.map { "\($0.0.image)" }.joined(separator: ", ")
        try context.database().record(row("drop", images, by: actor, host: host.name.description)) { _ in
            for (channel, receiver) in found {
                guard let address = IPAddress(receiver.address)?.bytes, address.count == 4 else { continue }
                do throws(SystemError) { try SenderControl(channel: channel).drop(address) } catch {
                    throw Fault(
                        .failed, "the sender is not told: \(error)",
                        fix: "let the daemon have CAP_NET_ADMIN, as etc/linbo-hookd.service does")
                }
            }
        }
        return try sessions().filter { session in found.contains { $0.0.image.text == session.image } }
    }

    private func stop(_ text: String, by actor: Actor) throws -> [GetMulticast.Session] {
        // One whose file is gone may be sent still.
        let image = try ImageName(text) ?? image(text)
        try context.database().record(row("stop", image.text, by: actor)) { database in
            guard try MulticastLedger.withdraw(image, database) else {
                throw Fault(.conflict, "nobody wants \(image) sent", fix: "`linboctl multicast` shows what is")
            }
        }
        context.supervisor.wishes.send()
        return try sessions(of: image)
    }
}
