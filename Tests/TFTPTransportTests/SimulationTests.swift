import FuzzKit
import Testing

@testable import TFTPTransport

/// The transfer's state machine on simulated networks. Run a failure again with `LINBO_FUZZ_SEED`.
@Suite("TFTP on a simulated network")
struct SimulationTests {
    private static let millisecond: UInt64 = 1_000_000

    @Test(arguments: 0..<4) func randomSchedules(part: Int) throws {
        var generator = SplitMix64(seed: Fuzz.seed &+ UInt64(part))
        for number in 0..<25_000 {
            let seed = generator.next()
            let (network, options, size) = Self.schedule(&generator)
            var simulation = Simulation(seed: seed, network: network, options: options, size: size)
            guard let result = simulation.run() else {
                Issue.record("schedule \(part)/\(number): no end: \(network), \(options), \(size)")
                return
            }
            if let failure = Self.failure(result, network) {
                Issue.record("schedule \(part)/\(number): \(failure): \(network), \(options), \(size) bytes")
                return
            }
        }
    }

    private static func schedule(
        _ generator: inout SplitMix64
    ) -> (Simulation.Network, TransferOptions, Int64) {
        var network = Simulation.Network()
        network.loss = [0, 0, 1, 5, 20, 40].randomElement(using: &generator) ?? 0
        network.duplication = [0, 0, 2, 20].randomElement(using: &generator) ?? 0
        network.delay = [50_000, 500_000, 5 * millisecond, 100 * millisecond].randomElement(using: &generator) ?? 0
        network.jitter =
            Bool.random(using: &generator) ? 0 : UInt64.random(in: 0...(4 * network.delay), using: &generator)
        let window = [1, 1, 2, 4, 8, 16, 64].randomElement(using: &generator) ?? 1
        let size = Int64.random(in: 0...(512 * 24), using: &generator)
        return (network, options(window: window, size: size), size)
    }

    static func options(window: Int, size: Int64, block: Int? = nil) -> TransferOptions {
        var wishes: [(String, Int)] = []
        if window > 1 { wishes.append(("windowsize", window)) }
        if let block { wishes.append(("blksize", block)) }
        guard !wishes.isEmpty else { return TransferOptions() }
        let request = try? Packets.request("file", options: wishes.map { ($0.0, String($0.1)) })
        return request.map { TransferOptions($0, size: size, limits: OptionLimits()) } ?? TransferOptions()
    }

    /// What must hold of every schedule; nil if it does.
    private static func failure(_ result: Simulation.Result, _ network: Simulation.Network) -> String? {
        if let complaint = result.client.complaint { return complaint }
        guard let state = result.state else { return network.loss > 0 ? nil : "the request did not arrive" }
        if result.didFinish, !result.client.isComplete { return "finished without the client" }
        let isLossless = network.loss == 0
        if isLossless, !result.didFinish { return "nothing was lost, and it did not finish" }
        if isLossless, network.duplication == 0, network.jitter == 0,
            result.packets != state.lastBlock + (result.packets - state.highest)
        {
            return "blocks are missing"
        }
        // A mishap may bring a window again, a client's repetition a packet; nothing may multiply.
        let window = state.windowSize
        let bound = 3 * (state.lastBlock + 2) + (window + 1) * (result.mishaps + result.repetitions + 24)
        if result.packets > bound { return "\(result.packets) packets where \(bound) are enough" }
        return nil
    }

    @Test(arguments: [1, 4, 16, 64], [50_000, 5_000_000, 100_000_000] as [UInt64])
    func nothingIsSentTwiceWithoutNeed(window: Int, delay: UInt64) throws {
        let size = Int64(512 * 300 + 7)
        let options = Self.options(window: window, size: size)
        var simulation = Simulation(seed: 1, network: .init(delay: delay), options: options, size: size)
        let ran = simulation.run()
        let result = try #require(ran)
        #expect(result.didFinish)
        #expect(result.state?.retransmissions == 0)
        #expect(result.packets == 301 + (options.agreed.isEmpty ? 0 : 1))
    }

    @Test(arguments: [1, 16]) func blockNumbersRollOver(window: Int) throws {
        let size = Int64(8 * 140_000)
        let options = Self.options(window: window, size: size, block: 8)
        var simulation = Simulation(seed: 2, network: .init(loss: 0), options: options, size: size)
        let ran = simulation.run()
        let result = try #require(ran)
        #expect(result.client.complaint == nil)
        #expect(result.didFinish)
        #expect(result.client.received.count == 140_001)
    }

    @Test func aSilentClientIsGivenUp() throws {
        var state = TransferState(options: TransferOptions(), size: 5_000)
        var now: UInt64 = 0
        var sent = state.start(at: now) == .send(first: 1, count: 1) ? 1 : 0
        while true {
            now = state.deadline
            let action = state.timePassed(at: now)
            if action == .giveUp { break }
            #expect(action == .send(first: 1, count: 1))
            sent += 1
            try #require(sent < 100)
        }
        // Amplification: to an address that never answered.
        #expect(sent == 1 + 4)
        #expect(state.timePassed(at: now + 1_000_000_000_000) == .nothing)
    }

    @Test func aRepeatedAcknowledgementSendsNothing() {
        var state = TransferState(options: TransferOptions(), size: 5_000)
        #expect(state.start(at: 0) == .send(first: 1, count: 1))
        #expect(state.received(acknowledgement: 1, at: 1) == .send(first: 2, count: 1))
        #expect(state.received(acknowledgement: 1, at: 2) == .nothing)
        #expect(state.received(acknowledgement: 0, at: 3) == .nothing)
        #expect(state.received(acknowledgement: 3, at: 4) == .nothing)
        #expect(state.received(acknowledgement: 60_000, at: 5) == .nothing)
        #expect(state.received(acknowledgement: 2, at: 6) == .send(first: 3, count: 1))
    }

    @Test func aGapGoesBackWithASmallerBurst() throws {
        let options = Self.options(window: 8, size: 512 * 100)
        var state = TransferState(options: options, size: 512 * 100)
        #expect(state.start(at: 0) == .sendOptions)
        #expect(state.received(acknowledgement: 0, at: 1_000) == .send(first: 1, count: 8))
        #expect(state.received(acknowledgement: 3, at: 2_000) == .send(first: 4, count: 4))
        // The rest of the window follows after a pause, without waiting for an acknowledgement.
        #expect(state.timePassed(at: state.deadline) == .send(first: 8, count: 4))
        #expect(state.received(acknowledgement: 11, at: 20_000_000) == .send(first: 12, count: 4))
        _ = state.timePassed(at: state.deadline)
        // It grows back with each whole window.
        #expect(state.received(acknowledgement: 19, at: 30_000_000) == .send(first: 20, count: 5))
    }

    @Test func theClientsTimeoutHolds() throws {
        let request = try Packets.request("file", options: [("timeout", "3")])
        var state = TransferState(options: TransferOptions(request, size: 10, limits: OptionLimits()), size: 10)
        #expect(state.start(at: 0) == .sendOptions)
        #expect(state.deadline == 3_000_000_000)
        #expect(state.timePassed(at: 2_999_999_999) == .nothing)
        #expect(state.timePassed(at: 3_000_000_000) == .sendOptions)
        #expect(state.deadline == 6_000_000_000)
    }
}
