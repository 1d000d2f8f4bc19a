import LinboModel
import Torrent

/// All that a tracker knows: who has which torrent. A value without clock and sockets; who asks is told to it as the
/// transport knows it.
///
/// There is a swarm for each published torrent alone, so who publishes bounds their number.
struct SwarmTable: Sendable {
    private var swarms: [InfoHash: PeerSwarm] = [:]
    private let settings: TrackerSettings
    private var random: QuickRandom

    /// What an announce came to.
    struct Outcome: Sendable {
        let answer: AnnounceAnswer
        /// Of the asker, and of those that gave way to it.
        var changes: [PeerChange] = []
    }

    init(_ settings: TrackerSettings, random: QuickRandom = QuickRandom()) {
        (self.settings, self.random) = (settings, random)
    }

    // MARK: What is served

    /// From now on these and no others. The peers of those that go are forgotten.
    mutating func publish(_ torrents: [PublishedTorrent]) -> [PeerChange] {
        let old = swarms
        swarms = [:]
        for torrent in torrents {
            swarms[torrent.infoHash] = old[torrent.infoHash] ?? PeerSwarm(torrent)
            swarms[torrent.infoHash]?.setTorrent(torrent)
        }
        return old.values.filter { swarms[$0.torrent.infoHash] == nil }.flatMap { swarm in
            swarm.peers.map { PeerChange(infoHash: swarm.torrent.infoHash, peer: $0.shown, kind: .dropped) }
        }
    }

    // MARK: What clients ask

    /// - Parameters:
    ///   - address: that the request came from.
    ///   - places: are asked for the asker's place, and which of the peers it can reach.
    /// - Throws: `.notPublished`.
    mutating func announce(
        _ request: AnnounceRequest, from address: UInt32, at now: Moment, _ places: any PeerPlaces
    ) throws(TrackerRefusal) -> Outcome {
        // Taken out, so that it is changed in place.
        guard var swarm = swarms.removeValue(forKey: request.infoHash) else { throw .notPublished }
        defer { swarms[request.infoHash] = swarm }
        let key = PeerAddress(address: address, port: request.port)
        let place = places.place(of: IPAddress(v4: address))
        let isSeed = left(request, of: swarm) == 0
        let changes = list(request, key, place, in: &swarm, now)
        let isEnd = request.event == .stopped
        let choice = PeerChoice(
            asker: key, place: place, isSeed: isSeed,
            limit: isEnd ? 0 : min(request.wanted ?? settings.answerLimit, settings.answerLimit),
            now: now.nanoseconds, places: places)
        let chosen = choice.choose(among: swarm.peers, &random)
        let answer = AnnounceAnswer(
            interval: isSeed ? settings.seedInterval : settings.interval,
            leastInterval: isSeed ? settings.seedInterval : settings.leastInterval, figures: swarm.figures,
            peers: chosen.map { AnnounceAnswer.Peer(key: swarm.peers[$0].key, id: swarm.peers[$0].id) })
        return Outcome(answer: answer, changes: changes)
    }

    /// How many have a torrent, in the order asked; those that are not published are left out.
    func scrape(_ hashes: [InfoHash]) -> [(hash: InfoHash, figures: SwarmFigures)] {
        hashes.compactMap { hash in swarms[hash].map { (hash, $0.figures) } }
    }

    // MARK: What the owner asks

    /// Forgets those that were silent for two of their intervals.
    mutating func expire(at now: UInt64) -> [PeerChange] {
        var changes: [PeerChange] = []
        for hash in swarms.keys {
            for key in swarms[hash]?.ended(at: now) ?? [] {
                guard let peer = swarms[hash]?.remove(key) else { continue }
                changes.append(PeerChange(infoHash: hash, peer: peer.shown, kind: .expired))
            }
        }
        return changes
    }

    /// Whether nobody is listed.
    var isEmpty: Bool { swarms.values.allSatisfy { $0.peers.isEmpty } }

    /// Of all published torrents, those without peers, too.
    func shown(at now: UInt64) -> [Swarm] {
        swarms.values.map { swarm in
            Swarm(
                torrent: swarm.torrent, peers: swarm.peers.filter { $0.end > now }.map(\.shown),
                completed: swarm.completed)
        }
    }

    // MARK: Lists

    /// Who does not tell what is left has nothing, or, if it says that it is complete, all.
    private func left(_ request: AnnounceRequest, of swarm: PeerSwarm) -> Int64 {
        let length = max(0, swarm.torrent.length)
        guard let left = request.left else { return request.event == .completed ? 0 : length }
        return min(left, length)
    }

    /// Takes the asker up, brings it up to date, or strikes it off.
    private func list(
        _ request: AnnounceRequest, _ key: PeerAddress, _ place: Place, in swarm: inout PeerSwarm, _ now: Moment
    ) -> [PeerChange] {
        func change(_ peer: SwarmPeer?, _ kind: PeerChange.Kind) -> [PeerChange] {
            peer.map { [PeerChange(infoHash: request.infoHash, peer: $0.shown, kind: kind)] } ?? []
        }
        let left = left(request, of: swarm)
        let interval = left == 0 ? settings.seedInterval : settings.interval
        let end = now.nanoseconds + 2 * UInt64(interval) * Moment.second
        let before = swarm[key].flatMap { $0.end > now.nanoseconds ? $0 : nil }
        var changes = before == nil ? change(swarm.remove(key), .expired) : []
        if let before {
            swarm.update(key) { $0.update(request, at: place, left: left, now, end: end) }
            // Who does not seed tells by `stopped` alone that it has all, as aria2c does with LINBO's options.
            if before.left > 0, left == 0 { swarm.countCompleted() }
            if before.left != left { changes += change(swarm[key], left == 0 ? .completed : .progressed) }
            return request.event == .stopped ? changes + change(swarm.remove(key), .stopped) : changes
        }
        guard request.event != .stopped else { return changes }
        for old in swarm.peers(of: key.address).dropLast(max(0, settings.peersOfAddress - 1)) {
            changes += change(swarm.remove(old.key), .expired)
        }
        guard swarm.peers.count < settings.peerLimit else { return changes }
        swarm.add(SwarmPeer(key, request, at: place, left: left, now, end: end))
        return changes + change(swarm[key], .started)
    }
}

extension PeerSwarm {
    /// As announces and scrapes tell.
    var figures: SwarmFigures {
        SwarmFigures(seeds: seeds, leechers: peers.count - seeds, completed: completed)
    }
}
