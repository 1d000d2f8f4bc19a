import Dispatch
import HookConfig
package import HookStore
import LinboModel
import LinuxKit
package import Logging
import Synchronization

/// Events, kept first and then told: to whoever subscribed, and to whoever asks for those after a number.
///
/// `publish` never waits for the database. While that is locked, events wait in memory, in their order.
package final class EventBus: Sendable {
    private struct State {
        var waiting: [Event.Draft] = []
        /// How many did not fit.
        var lost = 0
        var isFailing = false
        var subscribers: [Int: AsyncStream<Event>.Continuation] = [:]
        var subscriptions = 0
        /// Of the last event, without a database.
        var count: Int64 = 0
        /// The last ones, without a database.
        var recent: [Event] = []
    }

    private static let most = 10_000
    private static let pause = DispatchTimeInterval.milliseconds(500)

    private let log: EventLog?
    private let logger: Logger?
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "events")

    /// - Parameter log: nil: nothing is kept.
    package init(_ log: EventLog? = nil, logger: Logger? = nil) {
        self.log = log
        self.logger = logger
    }

    package func publish(
        _ kind: Event.Kind, _ subject: String, school: String? = nil, by author: String, detail: String
    ) {
        publish(kind, subject, school: school, data: ["by": author, "detail": detail])
    }

    /// Tells an event with data by its kind; never waits.
    package func publish(_ kind: Event.Kind, _ subject: String, school: String? = nil, data: [String: String]) {
        let draft = Event.Draft(kind, subject, school: school, data: data, at: UnixTime.nowMilliseconds())
        // In the order of their numbers, whoever publishes at the same time.
        guard log != nil else { return queue.sync { tell(unkept(draft)) } }
        state.withLock { state in
            if state.waiting.count >= Self.most {
                state.waiting.removeFirst()
                state.lost += 1
            }
            state.waiting.append(draft)
        }
        // After a failure the clock starts the next try.
        if !state.withLock({ $0.isFailing }) { queue.async { self.write() } }
    }

    /// Those after a number, as far as they are kept.
    /// - Parameter number: nil: the newest.
    /// - Returns: nil if nothing is kept.
    package func page(after number: Int64?, limit: Int = 1000) throws -> EventLog.Page? {
        try log?.page(after: number, limit: limit)
    }

    /// Without a database: the last ones.
    package var unkept: [Event] { state.withLock { $0.recent } }

    /// Events from now on; ends when the caller's task does.
    package func subscribe() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream<Event>.makeStream(bufferingPolicy: .bufferingNewest(Self.most))
        let number = state.withLock { state in
            state.subscriptions += 1
            state.subscribers[state.subscriptions] = continuation
            return state.subscriptions
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.subscribers[number] = nil }
        }
        return stream
    }

    /// Waits, bounded, until what was published is kept. Blocks.
    package func flush(within patience: Duration) {
        let written = DispatchSemaphore(value: 0)
        queue.async {
            self.write()
            written.signal()
        }
        _ = written.wait(timeout: .now() + .milliseconds(Int(clamping: patience.milliseconds)))
    }

    // MARK: On the queue

    private func write() {
        guard let log else { return }
        let (drafts, lost) = state.withLock { ($0.waiting, $0.lost) }
        guard !drafts.isEmpty else { return }
        let loss = lost > 0 ? [Self.loss(lost)] : []
        do {
            let events = try log.append(loss + drafts)
            let isMore = state.withLock { state in
                // What had to go meanwhile was of those that are kept now.
                let gone = min(state.lost - lost, drafts.count)
                state.waiting.removeFirst(drafts.count - gone)
                state.lost -= lost + gone
                state.isFailing = false
                return !state.waiting.isEmpty
            }
            for event in events { tell(event) }
            // Whoever published while tries failed has left it to the clock, which stops now.
            if isMore { queue.async { self.write() } }
        } catch {
            let isNews = state.withLock { state in
                defer { state.isFailing = true }
                return !state.isFailing
            }
            guard isNews else { return }
            logger?.error("events: \(error); they wait, and are told when they are kept")
            tryAgain()
        }
    }

    /// Until they are kept.
    private func tryAgain() {
        queue.asyncAfter(deadline: .now() + Self.pause) {
            self.write()
            if self.state.withLock({ $0.isFailing }) { self.tryAgain() }
        }
    }

    private static func loss(_ count: Int) -> Event.Draft {
        Event.Draft(
            .eventsLost, "-", data: ["count": "\(count)", "detail": "they could not be kept, and are gone"],
            at: UnixTime.nowMilliseconds())
    }

    private func tell(_ event: Event) {
        for subscriber in state.withLock({ Array($0.subscribers.values) }) { subscriber.yield(event) }
    }

    private func unkept(_ draft: Event.Draft) -> Event {
        state.withLock { state in
            state.count += 1
            let event = Event(draft, n: state.count)
            state.recent = state.recent.suffix(999) + [event]
            return event
        }
    }
}
