import LinboModel
import LinuxKit
import Synchronization

/// Events, to whoever subscribed, and the last of them to whoever comes later.
package final class EventBus: Sendable {
    private struct State {
        /// Of the last event: by the clock, so that who has seen those of the daemon before misses none of this one's.
        var count = Int(UnixTime.nowMilliseconds())
        var recent: [Event] = []
        var subscribers: [Int: AsyncStream<Event>.Continuation] = [:]
        var subscriptions = 0
    }

    /// Enough for an admin who looks at what the night brought.
    private static let kept = 1000

    private let state = Mutex(State())

    package init() {}

    package func publish(_ kind: Event.Kind, _ subject: String, by author: String, detail: String) {
        let (event, subscribers) = state.withLock { state in
            state.count += 1
            let event = Event(
                number: state.count, at: UnixTime.nowMilliseconds(), kind: kind,
                subject: printable(subject, most: 255), by: printable(author, most: 255),
                detail: printable(detail, most: sentenceLimit))
            if state.recent.count == Self.kept { state.recent.removeFirst() }
            state.recent.append(event)
            return (event, Array(state.subscribers.values))
        }
        for subscriber in subscribers { subscriber.yield(event) }
    }

    /// Those after a number, as far as they are kept; all of them for a number that was another daemon's.
    package func recent(after number: Int) -> [Event] {
        state.withLock { state in state.recent.filter { $0.number > number || number > state.count } }
    }

    /// Those after a number, as soon as there is one; for a negative number at once.
    /// - Returns: an empty list if there is none within `patience`.
    package func next(after number: Int, within patience: Duration) async -> [Event] {
        let stream = subscribe()
        let already = recent(after: number)
        guard already.isEmpty, number >= 0 else { return already }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var events = stream.makeAsyncIterator()
                _ = await events.next()
            }
            group.addTask { try? await Task.sleep(for: patience) }
            await group.next()
            group.cancelAll()
            return recent(after: number)
        }
    }

    /// Events from now on; ends when the caller's task does.
    package func subscribe() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream<Event>.makeStream(bufferingPolicy: .bufferingNewest(Self.kept))
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
}
