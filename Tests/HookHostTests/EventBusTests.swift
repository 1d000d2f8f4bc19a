import Foundation
import GRDB
import HookHost
import HookStore
import HookTesting
import Logging
import Synchronization
import Testing

/// Events, while the database is there, is locked, is full of waiting ones, and is not there at all.
@Suite final class EventBusTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/events-\(UUID().uuidString)"
    private let log = LogLines()

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// - Parameter patience: how long one try waits for a lock.
    private func bus(patience: Duration = .seconds(60)) throws -> (EventBus, EventLog) {
        let store = try Store(directory: directory, patience: patience)
        let log = log
        return (EventBus(store.events, logger: Logger(label: "test") { _ in log }), store.events)
    }

    /// As another process would, for the length of `body`.
    private func withLock(_ body: () async throws -> Void) async throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: "\(directory)/\(Store.fileName)", configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        try await body()
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    }

    /// What a subscriber hears.
    private final class Heard: Sendable {
        private final class Box: Sendable { let events = Mutex<[Event]>([]) }

        private let box = Box()
        let listening: Task<Void, Never>

        init(_ bus: EventBus) {
            let (box, events) = (box, bus.subscribe())
            listening = Task { for await event in events { box.events.withLock { $0.append(event) } } }
        }

        deinit { listening.cancel() }

        var events: [Event] { box.events.withLock { $0 } }
        var subjects: [String] { events.map(\.subject) }
        var numbers: [Int64] { events.map(\.n) }
    }

    private func publish(_ subject: Int, on bus: EventBus) { bus.publish(.imagePublished, "\(subject)", data: [:]) }

    @Test(
        "whoever publishes at once: each is told once, in the order of their numbers, kept or not",
        arguments: [true, false])
    func order(_ isKept: Bool) async throws {
        let bus = isKept ? try bus().0 : EventBus()
        let heard = (Heard(bus), Heard(bus))
        for _ in 0..<20 {
            DispatchQueue.concurrentPerform(iterations: 50) { bus.publish(.imagePublished, "\($0)", data: [:]) }
        }
        for heard in [heard.0, heard.1] {
            try await eventually("all are told") { heard.numbers.count == 1000 }
            #expect(heard.numbers == Array(1...1000))
        }
        #expect(isKept ? bus.unkept.isEmpty : bus.unkept.map(\.n) == Array(1...1000))
        publish(1001, on: bus)
        bus.flush(within: .seconds(60))
        #expect(isKept || bus.unkept.map(\.n) == Array(2...1001), "the last thousand")
    }

    @Test(
        "while the database is locked, who publishes goes on; all is told when it is free again, without a further event"
    )
    func locked() async throws {
        let (bus, events) = try bus(patience: .seconds(2))
        let heard = Heard(bus)
        var count = 0
        for _ in 0..<3 {
            try await withLock {
                publish(count, on: bus)
                let failures = log.all.count
                try await eventually("it is told that they wait") { log.all.count > failures }
                // Until a try that began later waits for the lock itself; some of these come after it has begun.
                let before = count
                try await eventually("more events") {
                    count += 1
                    publish(count, on: bus)
                    return count > before + 200
                }
                #expect(heard.subjects.count <= before + 1)
            }
            count += 1
            try await eventually("all are told") { heard.subjects.count == count }
        }
        #expect(heard.subjects == (0..<count).map { "\($0)" })
        #expect(try events.page(after: 0, limit: 10_000).events == heard.events)
        #expect(log.all.count == 3, "\(log.all)")
    }

    @Test("when too many wait the oldest go, and how many is told; those that are kept meanwhile are none of them")
    func full() async throws {
        let (bus, events) = try bus()
        try await withLock {
            for number in 0..<25_000 { publish(number, on: bus) }
            // Whoever waits for them waits no longer than it says.
            bus.flush(within: .milliseconds(1))
        }
        publish(25_000, on: bus)
        try await eventually("the last one is kept") {
            try events.page(after: nil, limit: 1).events.first?.subject == "25000"
        }
        let kept = try events.page(after: 0, limit: 40_000).events
        let subjects = kept.filter { $0.kind == .imagePublished }.compactMap { Int($0.subject) }
        #expect(subjects == subjects.sorted() && Set(subjects).count == subjects.count)
        #expect(subjects.suffix(10_000).elementsEqual(15_001...25_000))
        let lost = kept.filter { $0.kind == .eventsLost }.compactMap { $0.data["count"].flatMap { Int($0) } }
        #expect(!lost.isEmpty && lost.reduce(subjects.count, +) == 25_001)
    }

    @Test("who has ended to listen is told nothing more, and holds up nobody") func unsubscribed() async throws {
        let (bus, _) = try bus()
        let listener = Heard(bus)
        publish(1, on: bus)
        try await eventually("it hears") { listener.subjects == ["1"] }
        listener.listening.cancel()
        await listener.listening.value
        publish(2, on: bus)
        bus.flush(within: .seconds(60))
        #expect(listener.subjects == ["1"])
        #expect(try bus.page(after: nil)?.events.map(\.subject) == ["1", "2"])
    }
}
