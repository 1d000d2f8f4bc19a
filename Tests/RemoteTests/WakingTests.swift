import LinboModel
import Remote
import Synchronization
import Testing

/// Waves, with a clock that only sleeping moves.
@Suite struct WakingTests {
    /// PCs that are heard of so many milliseconds after they were told.
    private final class Room: Sendable {
        private struct State {
            var now: Int64 = 1_000_000
            var told: [String: Int64] = [:]
            var order: [String] = []
        }
        private let state = Mutex(State())
        private let delays: [String: Int64]

        init(_ delays: [String: Int64]) { self.delays = delays }

        var world: Waking.World {
            Waking.World(
                now: { self.state.withLock { $0.now } },
                wake: { host in
                    let name = host.name.description
                    self.state.withLock { state in
                        state.told[name] = state.now
                        state.order.append(name)
                    }
                    if name == "broken" { throw SomeError() }
                },
                seen: { hosts in
                    self.state.withLock { state in
                        hosts.map { host -> Int64? in
                            let name = host.name.description
                            guard let told = state.told[name], let delay = self.delays[name] else { return 500 }
                            return told + delay <= state.now ? told + delay : 500
                        }
                    }
                },
                sleep: { self.state.withLock { $0.now += 1000 } })
        }
        var order: [String] { state.withLock { $0.order } }
        func told(_ name: String) -> Int64? { state.withLock { $0.told[name].map { $0 - 1_000_000 } } }
        var passed: Int64 { state.withLock { $0.now - 1_000_000 } }
    }

    private struct SomeError: Error, CustomStringConvertible {
        let description = "no way"
    }

    private static func hosts(_ names: [String]) throws -> [Host] {
        try names.map { name in
            Host(
                name: try #require(HostName(name)), room: "r1", group: try #require(GroupName("g")),
                mac: try #require(MACAddress("52:54:00:00:00:01")), address: nil,
                source: SourceLocation(file: "devices.csv", line: 1))
        }
    }

    private static let names = (1...5).map { "pc\($0)" }

    @Test("all at once, and nobody is waited for if nobody wants that")
    func atOnce() async throws {
        let room = Room([:])
        let results = try await Waking(wave: nil, limit: 0).run(Self.hosts(Self.names), in: room.world) { _, _ in }
        #expect(results == Self.names.map { Waking.Result(host: $0, after: nil) })
        #expect(room.order == Self.names && room.passed == 0)
    }

    @Test("the next wave begins when the last has come, or its time is over; what was seen before does not count")
    func waves() async throws {
        let room = Room(["pc1": 2000, "pc2": 4000, "pc3": 3000, "pc5": 0])
        let told = Mutex<[String]>([])
        let results = try await Waking(wave: 2, limit: 10_000).run(Self.hosts(Self.names), in: room.world) {
            result, count in
            told.withLock { $0.append("\(result.host) \(count)") }
        }
        #expect(results.map(\.after) == [2000, 4000, 3000, nil, 0])
        #expect(["pc1", "pc2", "pc3", "pc4", "pc5"].map { room.told($0) } == [0, 0, 4000, 4000, 14_000])
        #expect(told.withLock { $0 } == ["pc1 1", "pc2 2", "pc3 3", "pc4 4", "pc5 5"])
    }

    @Test("a PC that is named twice is told twice, and each has its result")
    func twice() async throws {
        let room = Room(["pc1": 1000, "pc2": 2000])
        let told = Mutex<[Int]>([])
        let results = try await Waking(wave: nil, limit: 60_000).run(Self.hosts(["pc1", "pc2", "pc1"]), in: room.world)
        {
            _, count in
            told.withLock { $0.append(count) }
        }
        #expect(results.map(\.host) == ["pc1", "pc2", "pc1"] && results.map(\.after) == [1000, 2000, 1000])
        #expect(room.order == ["pc1", "pc2", "pc1"] && told.withLock { $0 } == [1, 2, 3])
    }

    @Test("one that can't be told is no reason not to tell the others, nor to wait for it")
    func broken() async throws {
        let room = Room(["pc1": 1000])
        let results = try await Waking(wave: nil, limit: 60_000).run(Self.hosts(["broken", "pc1"]), in: room.world) {
            _, _ in
        }
        #expect(
            results == [
                Waking.Result(host: "broken", after: nil, problem: "no way"), Waking.Result(host: "pc1", after: 1000),
            ])
        #expect(room.passed == 1000)
    }
}
