package import API
package import Foundation
import HookHost
package import HookStore
import LinboHookd
import LinuxKit

// What happened, and what happens.

/// Asked by `linboctl events`, again and again with the number of the last page.
package struct GetEvents: APIOperation {
    package typealias Answer = EventLog.Page
    package static let route = Route.get("/v1/events")
    package static let summary = "What happened after a number, as far as it is kept."

    /// The number of the last event that is known; by default the newest are told.
    package var since: Int64?
    /// At most so many.
    package var limit: Int?

    /// - Parameter limit: nil: 1000, which is the most.
    package init(since: Int64?, limit: Int? = nil) {
        self.since = since
        self.limit = limit
    }
}

extension Control {
    private static let pageSize = 1000
    /// What another process has noted (`once`) is seen after so long.
    private static let interval = Duration.seconds(2)
    private static let silence = Duration.seconds(5)

    static let eventOperations: [OperationOf<Control>] = [
        OperationOf(GetEvents.self) { control, question, _ in
            let limit = min(max(1, question.limit ?? Control.pageSize), Control.pageSize)
            return try control.page(after: question.since, limit: limit)
        }
    ]

    private func page(after number: Int64?, limit: Int) throws -> EventLog.Page {
        let events = assembly.context.events
        events.flush(within: .seconds(1))
        guard let page = try events.page(after: number, limit: limit) else {
            throw Fault(.unavailable, status.fault ?? "the database can't be used")
        }
        return page
    }

    /// Events after a number as JSON, one after the other, and then those that come. Each is read from the database, so
    /// that none is missed, whoever noted it. After some seconds without any an empty one comes, so that whoever writes
    /// them to a client sees that it has left.
    /// - Parameter number: nil: only what comes.
    /// - Throws: `Fault` if there is no database.
    package func frames(after number: Int64?) throws -> AsyncStream<Data> {
        let start = try number ?? page(after: nil, limit: 1).next
        let news = assembly.context.events.subscribe()
        return AsyncStream { continuation in
            let bell = AsyncSignal()
            let listening = Task { for await _ in news { bell.send() } }
            let reading = Task(executorPreference: Self.streaming) {
                var seen = start
                var told = ContinuousClock.now
                while !Task.isCancelled {
                    // While the database can't be read, nothing is missed: it is read on from here.
                    guard let page = try? self.page(after: seen, limit: Self.pageSize) else {
                        try? await Task.sleep(for: Self.interval)
                        continue
                    }
                    if page.hasGap, let gap = try? APICoding.encoded(Gap(n: seen)) { continuation.yield(gap) }
                    for event in page.events {
                        if let frame = try? APICoding.encoded(event) { continuation.yield(frame) }
                    }
                    seen = page.next
                    if !page.events.isEmpty || page.hasGap { told = .now }
                    if told + Self.silence <= .now {
                        continuation.yield(Data())
                        told = .now
                    }
                    if page.events.isEmpty { await bell.wait(atMost: Self.interval) }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in
                listening.cancel()
                reading.cancel()
            }
        }
    }

    private static let streaming = ThreadPool("event streams", limit: 16)

    /// Told in a stream in place of what is not kept any more.
    private struct Gap: Encodable {
        let n: Int64
        let kind = "events.gap"
        let subject = "-"
        let data = ["detail": "events after this number are not kept any more"]
    }
}
