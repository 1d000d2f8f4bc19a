package import LinboModel

/// Wakes PCs, in waves if there are many: a fuse or a server that thirty PCs at once are too much for bears ten.
package struct Waking: Sendable {
    /// What became of a PC.
    package struct Result: Sendable, Codable, Equatable {
        /// As in devices.csv.
        package let host: String
        /// Milliseconds until the server saw it; nil: it did not within the time.
        package let after: Int64?
        /// Why it was not even told; nil: it was.
        package let problem: String?

        package init(host: String, after: Int64?, problem: String? = nil) {
            (self.host, self.after, self.problem) = (host, after, problem)
        }
    }

    /// What it needs of the world.
    package struct World: Sendable {
        /// Milliseconds since 1970.
        package let now: @Sendable () -> Int64
        /// Sends the packets to a PC.
        package let wake: @Sendable (Host) throws -> Void
        /// When the server heard of each PC last, milliseconds since 1970, in their order; nil: never.
        package let seen: @Sendable ([Host]) async throws -> [Int64?]
        /// Between two looks.
        package let sleep: @Sendable () async throws -> Void

        /// - Parameter sleep: throws if the task is cancelled.
        package init(
            now: @escaping @Sendable () -> Int64, wake: @escaping @Sendable (Host) throws -> Void,
            seen: @escaping @Sendable ([Host]) async throws -> [Int64?],
            sleep: @escaping @Sendable () async throws -> Void
        ) {
            (self.now, self.wake, self.seen, self.sleep) = (now, wake, seen, sleep)
        }
    }

    /// PCs at a time; nil: all.
    package let wave: Int?
    /// How long a wave is waited for, milliseconds; 0: not at all. The next one begins earlier if all have come.
    package let limit: Int64

    /// - Parameter limit: milliseconds.
    package init(wave: Int?, limit: Int64) {
        (self.wave, self.limit) = (wave.map { max(1, $0) }, limit)
    }

    /// - Parameter tell: gets each result as it is known, and how many of all are over.
    /// - Returns: in the order of the hosts.
    package func run(
        _ hosts: [Host], in world: World, tell: @Sendable (Result, Int) -> Void
    ) async throws -> [Result] {
        var results: [Result] = []
        var rest = hosts[...]
        while !rest.isEmpty {
            let turn = Array(rest.prefix(wave ?? rest.count))
            rest = rest.dropFirst(turn.count)
            results += try await one(turn, in: world) { [before = results.count] in tell($0, before + $1) }
        }
        return results
    }

    private func one(
        _ hosts: [Host], in world: World, tell: (Result, Int) -> Void
    ) async throws -> [Result] {
        let begin = world.now()
        var results = [Result?](repeating: nil, count: hosts.count)
        func missing() -> [Int] { results.indices.filter { results[$0] == nil } }
        func note(_ index: Int, after: Int64?, _ problem: String? = nil) {
            let result = Result(host: hosts[index].name.description, after: after, problem: problem)
            results[index] = result
            tell(result, results.count { $0 != nil })
        }
        for (index, host) in hosts.enumerated() {
            do { try world.wake(host) } catch { note(index, after: nil, "\(error)") }
        }
        while limit > 0, case let waiting = missing(), !waiting.isEmpty {
            for (index, seen) in zip(waiting, try await world.seen(waiting.map { hosts[$0] })) {
                if let seen, seen >= begin { note(index, after: seen - begin) }
            }
            guard !missing().isEmpty, world.now() - begin < limit else { break }
            try await world.sleep()
        }
        for index in missing() { note(index, after: nil) }
        return results.compactMap { $0 }
    }
}
