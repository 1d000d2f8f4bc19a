import FuzzKit
import HeapModule
import TFTPTransport

/// A network and a clock in memory: one server, one client, and what a network does to packets between them.
struct Simulation {
    struct Network {
        /// In percent, each way.
        var loss = 0
        var duplication = 0
        /// Packets that take up to this much longer than others overtake each other.
        var jitter: UInt64 = 0
        /// One way.
        var delay: UInt64 = 100_000
    }

    struct Result {
        var client: SimulatedClient
        var didFinish = false
        var didGiveUp = false
        /// DATA and OACK that left the server.
        var packets = 0
        /// What the network did wrong.
        var mishaps = 0
        /// Times that the client's patience ended.
        var repetitions = 0
        var state: TransferState?
        var end: UInt64 = 0
    }

    private enum Event {
        case toServer(SimulatedClient.Packet)
        case optionsToClient
        case dataToClient(Int)
        case serverTimer
        case clientTimer(Int)
    }

    private struct Entry: Comparable {
        let moment: UInt64
        let number: Int
        let event: Event

        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
        static func < (left: Entry, right: Entry) -> Bool { (left.moment, left.number) < (right.moment, right.number) }
    }

    private static let patience: UInt64 = 1_000_000_000
    private static let patienceLimit = 10
    private static let eventLimit = 4_000_000

    private var generator: SplitMix64
    private let network: Network
    private let options: TransferOptions
    private let size: Int64
    private var events = Heap<Entry>()
    private var count = 0
    private var now: UInt64 = 0
    private var clientTurn = 0
    private var result: Result

    init(seed: UInt64, network: Network, options: TransferOptions, size: Int64) {
        generator = SplitMix64(seed: seed)
        self.network = network
        self.options = options
        self.size = size
        let lastBlock = Int(size / Int64(options.blockSize)) + 1
        result = Result(client: SimulatedClient(options: options, lastBlock: lastBlock))
    }

    /// - Returns: nil if it does not come to an end.
    mutating func run() -> Result? {
        carry(.toServer(.request))
        waitAsClient()
        while let entry = events.popMin() {
            now = entry.moment
            guard count < Self.eventLimit else { return nil }
            handle(entry.event)
            if result.client.complaint != nil { break }
        }
        result.end = now
        return result
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .toServer(let packet): serve(packet)
        case .optionsToClient: react(result.client.receivedOptions())
        case .dataToClient(let block): react(result.client.receivedData(block))
        case .serverTimer:
            guard var state = result.state else { return }
            let action = state.timePassed(at: now)
            result.state = state
            perform(action)
        case .clientTimer(let turn):
            guard turn == clientTurn, !result.client.isComplete, result.repetitions < Self.patienceLimit else { return }
            result.repetitions += 1
            carry(.toServer(result.client.repetition))
            waitAsClient()
        }
    }

    private mutating func serve(_ packet: SimulatedClient.Packet) {
        guard !result.didFinish, !result.didGiveUp else { return }
        switch (packet, result.state) {
        case (.request, nil):
            var state = TransferState(options: options, size: size)
            let action = state.start(at: now)
            result.state = state
            perform(action)
        case (.request, _?): break
        case (.acknowledgement(let number), var state?):
            let action = state.received(acknowledgement: number, at: now)
            result.state = state
            perform(action)
        case (.acknowledgement, nil): break
        }
    }

    private mutating func perform(_ action: TransferState.Action) {
        switch action {
        case .nothing: break
        case .sendOptions:
            result.packets += 1
            carry(.optionsToClient)
        case .send(let first, let count):
            for block in first..<(first + count) {
                result.packets += 1
                carry(.dataToClient(block))
            }
        case .finish: result.didFinish = true
        case .giveUp: result.didGiveUp = true
        }
        if let deadline = result.state?.deadline, action != .nothing, !result.didFinish, !result.didGiveUp {
            schedule(.serverTimer, at: max(deadline, now))
        }
    }

    private mutating func react(_ packet: SimulatedClient.Packet?) {
        if let packet {
            carry(.toServer(packet))
        }
        waitAsClient()
    }

    private mutating func waitAsClient() {
        clientTurn += 1
        schedule(.clientTimer(clientTurn), at: now + Self.patience)
    }

    private mutating func carry(_ event: Event) {
        if happens(network.loss) {
            result.mishaps += 1
            return
        }
        schedule(event, at: now + travelTime())
        if happens(network.duplication) {
            result.mishaps += 1
            schedule(event, at: now + travelTime())
        }
    }

    private mutating func travelTime() -> UInt64 {
        guard network.jitter > 0 else { return network.delay }
        result.mishaps += 1
        return network.delay + UInt64.random(in: 0...network.jitter, using: &generator)
    }

    private mutating func happens(_ percent: Int) -> Bool {
        percent > 0 && Int.random(in: 0..<100, using: &generator) < percent
    }

    private mutating func schedule(_ event: Event, at moment: UInt64) {
        count += 1
        events.insert(Entry(moment: moment, number: count, event: event))
    }
}
