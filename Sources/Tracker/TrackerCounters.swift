import Synchronization

/// What a tracker did since its start.
package final class TrackerCounters: Sendable {
    private let announced = Atomic<Int>(0)
    private let scraped = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)

    /// Answered with peers.
    package var announces: Int { announced.load(ordering: .relaxed) }
    package var scrapes: Int { scraped.load(ordering: .relaxed) }
    /// Answered by a reason why not: mostly torrents that are not published.
    package var refusals: Int { refused.load(ordering: .relaxed) }
    /// Not answered, as their address asks too often.
    package var tooFast: Int { dropped.load(ordering: .relaxed) }

    func countAnnounce() { announced.add(1, ordering: .relaxed) }
    func countScrape() { scraped.add(1, ordering: .relaxed) }
    func countRefusal() { refused.add(1, ordering: .relaxed) }
    func countTooFast() { dropped.add(1, ordering: .relaxed) }
}
