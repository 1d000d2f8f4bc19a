import DequeModule
import HookHost

/// What waits at a `ResolveDesk`, and what runs: a value, so that one lock guards it.
struct DeskState: Sendable {
    struct Job: Sendable {
        let question: ResolveDesk.Question
        let isAbandoned = Flag()
        var waiters: Deque<ResolveDesk.Waiter> = []
        /// nil: it waits.
        var begun: UInt64?
        var isLate = false
    }

    private var jobs: [UInt64: Job] = [:]
    private var numbers: UInt64 = 0
    /// Those that have not begun: a request that comes later may not be answered by what was looked up before.
    private var waiting: [ResolveDesk.Key: UInt64] = [:]
    /// Those that began and were given up.
    private var late: [ResolveDesk.Key: Int] = [:]
    private var recent: [ResolveDesk.Key: (result: Resolver.Result, until: UInt64)] = [:]
    private var known = Lane(runLimit: 32, runLimitEach: 4, waitLimit: 4096, waitLimitEach: 64)
    private var strangers = Lane(runLimit: 1, runLimitEach: 1, waitLimit: 128, waitLimitEach: 2)

    /// At 20,000 requests a second, in one PC's name, a request waits for 25 ms and more before it gives way.
    private static let waiterLimit = 512
    /// From so many on that asked at once an answer is used again, for so long.
    private static let crowd = 64
    private static let freshness = Engine.second / 50
    private static let recentLimit = 64
    /// How often the same question may be asked while it hangs; then it is refused until it comes back.
    private static let lateLimit = 2
    private static let lateLimitInAll = 32

    /// - Returns: and who waits no more, as the oldest gives way to the newest.
    mutating func add(
        _ question: ResolveDesk.Question, _ waiter: ResolveDesk.Waiter
    ) -> (ResolveDesk.Verdict, dropped: [ResolveDesk.Waiter]) {
        let key = question.key
        guard late[key] ?? 0 < Self.lateLimit, late.count < Self.lateLimitInAll else { return (.stuck, []) }
        if let number = waiting[key] {
            jobs[number]?.waiters.append(waiter)
            guard jobs[number]?.waiters.count ?? 0 > Self.waiterLimit, let oldest = jobs[number]?.waiters.popFirst()
            else { return (.waits, []) }
            return (.waits, [oldest])
        }
        var dropped: [ResolveDesk.Waiter] = []
        let isFull = question.isKnown ? known.isFull(for: key.source) : strangers.isFull(for: key.source)
        if isFull {
            // A stranger asks again. Of a PC's requests the last one is the most likely to be its own.
            guard question.isKnown, let oldest = known.dropOldest(of: key.source) else { return (.full, []) }
            dropped = remove(oldest)
        }
        numbers += 1
        jobs[numbers] = Job(question: question, waiters: [waiter])
        waiting[key] = numbers
        if question.isKnown { known.add(numbers, of: key.source) } else { strangers.add(numbers, of: key.source) }
        return (.waits, dropped)
    }

    /// The next to begin; nil if none may.
    mutating func next(at now: UInt64) -> (UInt64, Job)? {
        guard let number = known.next() ?? strangers.next(), let job = jobs[number] else { return nil }
        jobs[number]?.begun = now
        waiting[job.question.key] = nil
        return (number, job)
    }

    /// An answer that counts for a moment.
    func recent(_ key: ResolveDesk.Key, at now: UInt64) -> Resolver.Result? {
        recent[key].flatMap { $0.until > now ? $0.result : nil }
    }

    /// What belongs to one transfer is no answer for another one.
    private mutating func keep(_ result: Resolver.Result, _ job: Job, at now: UInt64) {
        guard job.waiters.count >= Self.crowd, job.question.isKnown, result.delivery?.claim == nil else { return }
        if recent.count >= Self.recentLimit { recent = recent.filter { $0.value.until > now } }
        if recent.count < Self.recentLimit { recent[job.question.key] = (result, now + Self.freshness) }
    }

    /// - Returns: who waited for it, and whether it had been given up.
    mutating func end(
        _ number: UInt64, _ result: Resolver.Result, at now: UInt64
    ) -> ([ResolveDesk.Waiter], wasLate: Bool) {
        guard let job = jobs.removeValue(forKey: number) else { return ([], false) }
        guard job.isLate else {
            ran(job)
            keep(result, job, at: now)
            return (Array(job.waiters), false)
        }
        let key = job.question.key
        late[key] = late[key].flatMap { $0 > 1 ? $0 - 1 : nil }
        // Who asked for it gets to know that it was made, to give it back.
        return (Array(job.waiters), true)
    }

    mutating func giveUp(begunBefore moment: UInt64) -> [Job] {
        var given: [Job] = []
        for (number, job) in jobs {
            guard let begun = job.begun, begun < moment, !job.isLate else { continue }
            jobs[number]?.isLate = true
            late[job.question.key, default: 0] += 1
            ran(job)
            given.append(job)
        }
        return given
    }

    private mutating func ran(_ job: Job) {
        let source = job.question.key.source
        if job.question.isKnown { known.ended(of: source) } else { strangers.ended(of: source) }
    }

    private mutating func remove(_ number: UInt64) -> [ResolveDesk.Waiter] {
        guard let job = jobs.removeValue(forKey: number) else { return [] }
        waiting[job.question.key] = nil
        return Array(job.waiters)
    }
}

/// Jobs of many addresses, which take turns.
struct Lane: Sendable {
    let runLimit: Int
    let runLimitEach: Int
    let waitLimit: Int
    let waitLimitEach: Int

    private struct Address: Sendable {
        var waiting: Deque<UInt64> = []
        var running = 0
        /// It stands in `turns`.
        var hasTurn = false
    }

    private var addresses: [Peer.Source: Address] = [:]
    private var turns: Deque<Peer.Source> = []
    private var waiting = 0
    private var running = 0

    init(runLimit: Int, runLimitEach: Int, waitLimit: Int, waitLimitEach: Int) {
        (self.runLimit, self.runLimitEach) = (runLimit, runLimitEach)
        (self.waitLimit, self.waitLimitEach) = (waitLimit, waitLimitEach)
    }

    func isFull(for source: Peer.Source) -> Bool {
        waiting >= waitLimit || addresses[source]?.waiting.count ?? 0 >= waitLimitEach
    }

    mutating func add(_ number: UInt64, of source: Peer.Source) {
        waiting += 1
        addresses[source, default: Address()].waiting.append(number)
        takeTurn(source)
    }

    /// nil: none of this address waits.
    mutating func dropOldest(of source: Peer.Source) -> UInt64? {
        guard let number = addresses[source]?.waiting.popFirst() else { return nil }
        waiting -= 1
        return number
    }

    mutating func next() -> UInt64? {
        guard running < runLimit else { return nil }
        while let source = turns.popFirst() {
            addresses[source]?.hasTurn = false
            guard let number = addresses[source]?.waiting.popFirst() else {
                forget(source)
                continue
            }
            waiting -= 1
            running += 1
            addresses[source]?.running += 1
            takeTurn(source)
            return number
        }
        return nil
    }

    mutating func ended(of source: Peer.Source) {
        running -= 1
        addresses[source]?.running -= 1
        takeTurn(source)
        forget(source)
    }

    /// At the end of the line, if one waits and one more may run.
    private mutating func takeTurn(_ source: Peer.Source) {
        guard let address = addresses[source], !address.hasTurn, !address.waiting.isEmpty,
            address.running < runLimitEach
        else { return }
        addresses[source]?.hasTurn = true
        turns.append(source)
    }

    private mutating func forget(_ source: Peer.Source) {
        guard let address = addresses[source], address.waiting.isEmpty, address.running == 0, !address.hasTurn else {
            return
        }
        addresses[source] = nil
    }
}
