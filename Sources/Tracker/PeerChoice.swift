import LinboModel

/// Which peers an asker is told of: those of its room, then those of its subnet, then the servers, then the others. At
/// random within each, so that the load spreads.
struct PeerChoice {
    let asker: PeerAddress
    let place: Place
    /// Whether it has all: then it is told of none that has.
    let isSeed: Bool
    /// How many it gets at most.
    let limit: Int
    /// Nanoseconds.
    let now: UInt64
    let places: any PeerPlaces

    private enum Distance: Int, CaseIterable { case room, subnet, server, other }

    /// - Returns: indices of `peers`, the nearest first.
    func choose(among peers: [SwarmPeer], _ random: inout QuickRandom) -> [Int] {
        guard limit > 0 else { return [] }
        var classes = [[Int]](repeating: [], count: Distance.allCases.count)
        for index in peers.indices where isCandidate(peers[index]) {
            classes[distance(to: peers[index].place).rawValue].append(index)
        }
        var chosen: [Int] = []
        for candidates in classes where chosen.count < limit {
            chosen += take(limit - chosen.count, of: candidates, peers, &random)
        }
        // Neighbours that have nothing yet can't be all that somebody knows: who has the bytes is told to everybody.
        if chosen.count == limit, !isSeed, !chosen.contains(where: { peers[$0].place.isServer }) {
            let servers = classes[Distance.server.rawValue]
            if let server = take(1, of: servers, peers, &random).first { chosen[limit - 1] = server }
        }
        return chosen
    }

    private func isCandidate(_ peer: SwarmPeer) -> Bool {
        peer.key != asker && peer.end > now && !(isSeed && peer.isSeed)
    }

    private func distance(to other: Place) -> Distance {
        if other.isServer { return .server }
        if let room = place.room, room == other.room { return .room }
        if let subnet = place.subnet, subnet == other.subnet { return .subnet }
        return .other
    }

    /// Some of those that can be reached, at random: the first steps of a shuffle.
    private func take(
        _ count: Int, of candidates: [Int], _ peers: [SwarmPeer], _ random: inout QuickRandom
    ) -> [Int] {
        var (candidates, taken) = (candidates, [Int]())
        for index in candidates.indices where taken.count < count {
            candidates.swapAt(index, Int.random(in: index..<candidates.count, using: &random))
            let candidate = candidates[index]
            if places.canReach(peers[candidate].place, from: place) { taken.append(candidate) }
        }
        return taken
    }
}

/// Spreads load, and hides nothing: SplitMix64 (Steele, Lea, Flood 2014), without a system call for each number.
struct QuickRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64 = .random(in: 0...(.max))) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
