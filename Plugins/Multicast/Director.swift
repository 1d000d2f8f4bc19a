import Glibc
import HookConfig
import HookHost
import HookStore
import LinboModel
import LinuxKit
import Logging
import Supervision
import Synchronization

/// Which senders shall run, and what has to happen before one starts.
///
/// What the senders do is read from the supervisor's logs, and who wants them from the database: so this can be made
/// anew at any time, by a reload too, and no round is disturbed.
final class Director: Sendable {
    let settings: MulticastSettings
    private let context: PluginContext
    private let state = Mutex(State())

    private struct State {
        /// Senders that ran, or shall, by their services' names.
        var senders: [String: Sender] = [:]
        /// Images that go live right now, and until when that counts; `MonotonicClock`'s nanoseconds.
        var arriving: [ImageName: (old: FileIdentity?, until: UInt64)] = [:]
        /// As of the last time that the database could be read.
        var demand = MulticastLedger.Demand()
        var fault: String?
    }

    private struct Sender {
        let channel: Channel
        /// Nobody hangs on its port.
        var isReleased = false
        /// It was told to begin before another image went live, though its log may not say so yet.
        var isBegun = false
        var phase: RoundPhase?
    }

    /// After a round that somebody did not end, those who did are surely gone; milliseconds.
    private static let pause: Int64 = 5000
    /// A set goes live within that time, or is tried again; nanoseconds.
    private static let patience: UInt64 = 60_000_000_000

    init(_ settings: MulticastSettings, _ context: PluginContext) {
        (self.settings, self.context) = (settings, context)
    }

    var range: PortRange { PortRange(first: settings.portBase, count: settings.images) }

    func ledger() throws -> MulticastLedger { MulticastLedger(database: try context.database().database) }

    /// Why the database could not be read; nil: it could.
    var fault: String? { state.withLock { $0.fault } }

    /// PCs with an older list do not count; milliseconds since 1970.
    var cutoff: Int64 { UnixTime.nowMilliseconds() - settings.keep.milliseconds }

    // MARK: What is wanted

    /// The server's networks in which it may send.
    func networks() -> [InterfaceAddress] {
        let all = (try? InterfaceAddress.all()) ?? []
        return all.filter { own in
            own.address.count == 4 && own.canBroadcast
                && settings.interfaces.map { $0.contains(own.interface) } ?? true
        }
    }

    /// The file that is live now; nil: there is none.
    func liveFile(of image: ImageName) -> String? {
        guard let path = try? TreePath("\(image.directory)/\(image)"),
            let canonical = try? context.tree.canonical(path).path,
            case .file(let file) = context.tree.content(at: canonical)
        else { return nil }
        return file.absolutePath
    }

    private func channels(_ demand: MulticastLedger.Demand) -> [Channel] {
        let networks = networks()
        let ordered = Set(demand.orders.map(\.image))
        return demand.images.sorted().flatMap { image -> [Channel] in
            guard let port = demand.ports[image] else { return [] }
            let servers = Set(demand.wishes.filter { $0.image == image }.map(\.server))
            return networks.compactMap { own in
                let channel = Channel(image: image, server: own.address, broadcast: own.broadcast, port: port)
                return ordered.contains(image) || servers.contains(channel.serverText) ? channel : nil
            }
        }
    }

    private func demand() -> MulticastLedger.Demand {
        do {
            let demand = try ledger().demand(since: cutoff)
            state.withLock { ($0.demand, $0.fault) = (demand, nil) }
            return demand
        } catch {
            return state.withLock { state in
                state.fault = "\(error)"
                return state.demand
            }
        }
    }

    // MARK: Senders

    /// What the supervisor shall run from now on. Before a sender starts, those are told to give up who may hang on its
    /// port from a round that broke off: they would take the new round's bytes for the rest of theirs.
    func services() -> [ServiceSpec] {
        let demand = demand()
        let wanted = channels(demand)
        let reports = Dictionary(
            context.supervisor.reports.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return state.withLock { state in
            for channel in wanted where state.senders[channel.service]?.channel != channel {
                state.senders[channel.service] = Sender(channel: channel)
            }
            var specs: [ServiceSpec] = []
            for (name, var sender) in state.senders {
                let isWanted = wanted.contains(sender.channel)
                let report = reports[name]
                if let spec = direct(&sender, report, isWanted: isWanted, demand, &state.arriving) {
                    specs.append(spec)
                }
                state.senders[name] = isWanted || report != nil ? sender : nil
            }
            return specs
        }
    }

    /// - Returns: nil: it shall not run, or not yet.
    private func direct(
        _ sender: inout Sender, _ report: ServiceReport?, isWanted: Bool, _ demand: MulticastLedger.Demand,
        _ arriving: inout [ImageName: (old: FileIdentity?, until: UInt64)]
    ) -> ServiceSpec? {
        let channel = sender.channel
        let live = liveFile(of: channel.image).flatMap { FileIdentity(ofFileAt: $0) }
        if let set = arriving[channel.image], set.old != live || MonotonicClock.now() > set.until {
            arriving[channel.image] = nil
        }
        let isHeld = arriving[channel.image] != nil
        let spec = isWanted && !isHeld && live != nil ? self.spec(channel, demand) : nil
        guard let report else {
            tell(.ended, of: &sender)
            release(&sender, demand)
            return spec
        }
        let round = round(of: channel)
        let source = context.supervisor.input(of: report.name)
        let isWritten =
            source.map { $0.device == live?.device && $0.inode == live?.inode && $0 != live } ?? false
        switch report.state {
        case .running:
            sender.isReleased = false
            tell(round.phase, of: &sender)
            // Somebody writes into the file that is on its way: nobody shall have half of each.
            guard !isWritten else { return nil }
            switch round.phase {
            case .sending: return isWanted ? self.spec(channel, report.words) : nil
            // Who has joined knows the set that was live then; who comes later may know another.
            case .gathering:
                return isWanted && (source == live || sender.isBegun) ? self.spec(channel, report.words) : nil
            case .starting, .waiting:
                sender.isBegun = false
                // Other words take another start, before which whoever came meanwhile is told.
                return source == live && spec?.words == report.words ? spec : nil
            case .ended: return self.spec(channel, report.words)
            }
        case .stopping:
            return nil
        case .waiting:
            release(&sender, demand)
            return spec
        case .done:
            tell(.ended, of: &sender)
            if isWritten, !sender.isReleased {
                context.logger.error(
                    "multicast: \(channel.image) was written into while it was sent: PCs of this round may have half of each"
                )
            }
            guard round.isClean else {
                // A receiver that has all bytes listens for half a second still, and would believe that it lacks some.
                guard UnixTime.nowMilliseconds() - report.since > Self.pause else {
                    return self.spec(channel, report.words)
                }
                release(&sender, demand)
                return nil
            }
            sender.isReleased = true
            guard let spec, spec.words == report.words else { return nil }
            _ = context.supervisor.restart(report.name)
            return spec
        }
    }

    private func spec(_ channel: Channel, _ demand: MulticastLedger.Demand) -> ServiceSpec {
        let order = demand.orders.first { $0.image == channel.image }
        let clients = order?.clients ?? settings.minClients
        // Its own number of clients is waited for in vain if they need not be waited for.
        let most = order?.wait ?? settings.maxSeconds
        var words = [
            settings.program, "--full-duplex", "--nokbd", "--interface", channel.serverText,
            "--portbase", "\(channel.port)", "--min-clients", "\(clients)",
            "--min-wait", "\(min(settings.minSeconds, most))", "--max-wait", "\(most)",
            // It asks ten times without a pause, then once a second.
            "--retries-until-drop", "\(10 + settings.stall)",
        ]
        if let rate = settings.maxBitrate { words += ["--max-bitrate", "\(rate)k"] }
        if let fec = settings.fec { words += ["--fec", fec] }
        return spec(channel, words)
    }

    /// - Parameter words: those of a sender that runs keep it running.
    private func spec(_ channel: Channel, _ words: [String]) -> ServiceSpec {
        ServiceSpec(
            channel.service, words, environment: ["LANG": "C"],
            input: "\(context.tree.root)/\(channel.image.directory)/\(channel.image)", user: settings.user,
            restart: .onFailure)
    }

    /// What its process has told.
    private func round(of channel: Channel) -> Round {
        Round(context.supervisor.log(of: channel.service) ?? [])
    }

    // MARK: Receivers

    private func release(_ sender: inout Sender, _ demand: MulticastLedger.Demand) {
        guard !sender.isReleased else { return }
        let addresses = demand.wishes.filter { $0.image == sender.channel.image }.compactMap {
            IPAddress($0.address)?.bytes
        }
        do throws(SystemError) {
            try SenderControl(channel: sender.channel).release(addresses.filter { $0.count == 4 })
        } catch {
            context.logger.warning("multicast: \(sender.channel.service): receivers are not told to give up: \(error)")
        }
        sender.isReleased = true
    }

    private func tell(_ phase: RoundPhase, of sender: inout Sender) {
        guard sender.phase != phase else { return }
        defer { sender.phase = phase }
        guard sender.phase != nil || phase != .ended else { return }
        context.events.publish(
            .multicastState, sender.channel.image.text,
            data: ["phase": phase.rawValue, "port": "\(sender.channel.port)", "server": sender.channel.serverText])
    }

    // MARK: Looking

    /// A sender that runs, or shall.
    struct Session: Sendable {
        let channel: Channel
        /// nil: it has not started yet.
        let report: ServiceReport?
        let round: Round
    }

    /// Of all that are wanted, and of all that run.
    func sessions() -> [Session] { sessions(of: Set(channels(demand())).union(known)) }

    /// Those of which `services` knows.
    private var known: Set<Channel> { state.withLock { Set($0.senders.values.map(\.channel)) } }

    private func sessions(of channels: Set<Channel>) -> [Session] {
        let reports = context.supervisor.reports
        return channels.sorted { $0.service < $1.service }.map { channel in
            let report = reports.first { $0.name == channel.service }
            let round = report == nil ? Round([]) : self.round(of: channel)
            return Session(channel: channel, report: report, round: round)
        }
    }

    /// Those that PCs can come to now. A PC that boots waits for this: the database is not asked.
    func live() -> [Channel] {
        sessions(of: known).filter { session in
            session.report?.state == .running && session.round.phase != .starting && session.round.phase != .ended
        }.map(\.channel)
    }

    // MARK: Images that go live

    /// Right before another image takes the place of this one: who has joined begins now, as nobody may join any more
    /// who knows the new one; a sender that nobody came to ends.
    func prepare(for image: ImageName) {
        let old = liveFile(of: image).flatMap { FileIdentity(ofFileAt: $0) }
        let until = MonotonicClock.now() + Self.patience
        state.withLock { $0.arriving[image] = (old, until) }
        for session in sessions() where session.channel.image == image && session.round.phase == .gathering {
            do throws(SystemError) {
                try SenderControl(channel: session.channel).go()
                state.withLock { $0.senders[session.channel.service]?.isBegun = true }
            } catch {
                context.logger.warning("multicast: \(session.channel.service) does not begin at once: \(error)")
            }
        }
        context.supervisor.wishes.send()
    }
}
