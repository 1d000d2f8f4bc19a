/// The server's half of one read transfer, as a value: no socket, no clock of its own. Events go in, what is to be done
/// comes out.
///
/// Blocks are counted from 1 and never wrap here; on the wire their number is taken modulo 65536, so that they go on
/// with 0 behind 65535. Times are nanoseconds of any clock that never jumps.
package struct TransferState: Sendable {
    /// What whoever holds the socket does next.
    package enum Action: Sendable, Hashable {
        case nothing
        /// The OACK, or the first DATA of a request without options, goes out by this and the next one.
        case sendOptions
        case send(first: Int, count: Int)
        /// The last block was acknowledged.
        case finish
        /// The client does not answer any more.
        case giveUp
    }

    /// Bytes of all blocks but the last.
    package let blockSize: Int
    /// Blocks that the client acknowledges at once.
    package let windowSize: Int
    /// The last block; it is shorter than all others, empty if need be (RFC 1350 §6).
    package let lastBlock: Int
    private let fixedTimeout: UInt64?

    /// The highest block that the client acknowledged.
    package private(set) var acknowledged = 0
    /// The highest block that was ever sent.
    package private(set) var highest = 0
    /// When `timePassed` wants to be called.
    package private(set) var deadline: UInt64 = 0
    /// The client has acknowledged something of this transfer: it is there.
    package private(set) var hasAnswered = false
    /// How long the client takes to answer.
    package private(set) var roundTrip = RoundTrip()
    /// Packets that were sent again.
    package private(set) var retransmissions = 0

    /// The OACK is not acknowledged yet: no DATA is sent.
    package private(set) var awaitsOptions: Bool
    /// The client said that it is at an end, which anybody can write: nothing is sent unless it goes on.
    private var isDoubted = false
    private var isOver = false
    /// The next block to send of the window that is under way, and the window's last.
    private var next = 1
    private var windowEnd = 0
    /// How many blocks leave at once: the window, less after a loss, with a pause between. A client acknowledges whole
    /// windows only (RFC 7440 §4), so what shrinks is the burst.
    private var burst: Int
    private var sentAt: UInt64 = 0
    private var attempt = 0
    /// All packets of this window were sent once.
    private var isFresh = true
    private var hasLoss = false
    /// Windows for which a repeated acknowledgement brings nothing, after one that did: the window that came twice may
    /// be acknowledged twice, and each would double the traffic from then on (Sorcerer's Apprentice, RFC 1123
    /// §4.2.3.1).
    private var deafWindows = 0

    /// How often a packet is sent again until the client is given up; less to an address that never answered.
    static let attemptLimit = 10
    static let firstAttemptLimit = 4
    /// With an interval of the client's own, which may be minutes.
    static let fixedAttemptLimit = 5
    static let leastPause = RoundTrip.millisecond
    /// How long an end that anybody may have written waits for an acknowledgement that belies it.
    static let doubtPause = 200 * RoundTrip.millisecond

    /// - Parameter size: of the content, in bytes.
    package init(options: TransferOptions, size: Int64) {
        blockSize = options.blockSize
        windowSize = options.windowSize
        lastBlock = Int(size / Int64(options.blockSize)) + 1
        fixedTimeout = options.timeout.map { UInt64($0) * 1_000 * RoundTrip.millisecond }
        awaitsOptions = !options.agreed.isEmpty
        burst = options.windowSize
    }

    /// All blocks were sent at least once.
    package var hasSentAll: Bool { highest == lastBlock }

    /// Called once, before all others.
    package mutating func start(at now: UInt64) -> Action {
        guard awaitsOptions else { return beginWindow(at: now) }
        sentAt = now
        deadline = now + wait()
        return .sendOptions
    }

    /// An ACK, by its number on the wire; one of a block that was never sent changes nothing.
    package mutating func received(acknowledgement number: UInt16, at now: UInt64) -> Action {
        guard !isOver else { return .nothing }
        isDoubted = false
        if awaitsOptions {
            guard number == 0 else { return .nothing }
            awaitsOptions = false
            answered(at: now, isWholeWindow: true)
            return beginWindow(at: now)
        }
        let ahead = Int(number &- UInt16(truncatingIfNeeded: acknowledged))
        guard ahead > 0 else { return repeated(at: now) }
        let block = acknowledged + ahead
        // Neither sent yet nor, modulo 65536, one of the past.
        guard block <= highest else { return .nothing }
        return advanced(to: block, at: now)
    }

    /// An error of the client's that may be forged: it ends the transfer if no acknowledgement follows.
    package mutating func doubted(at now: UInt64) {
        guard !isDoubted else { return }
        isDoubted = true
        deadline = now + Self.doubtPause
    }

    /// Nothing is sent before that moment, unless the client writes.
    package mutating func rest(until moment: UInt64) {
        deadline = moment
    }

    /// - Returns: `.nothing` before the deadline.
    package mutating func timePassed(at now: UInt64) -> Action {
        guard !isOver, now >= deadline else { return .nothing }
        guard !isDoubted else {
            isOver = true
            return .giveUp
        }
        if !awaitsOptions, next <= windowEnd { return sendBurst(at: now) }
        attempt += 1
        guard attempt <= attemptLimit else {
            isOver = true
            return .giveUp
        }
        hasLoss = hasAnswered
        isFresh = false
        if awaitsOptions {
            retransmissions += 1
            deadline = now + wait()
            return .sendOptions
        }
        burst = max(1, burst / 2)
        return goBack(at: now)
    }
}

// MARK: - Steps

extension TransferState {
    private mutating func advanced(to block: Int, at now: UInt64) -> Action {
        let isGap = block < next - 1
        answered(at: now, isWholeWindow: next > windowEnd && block == windowEnd)
        acknowledged = block
        guard block < lastBlock else {
            isOver = true
            return .finish
        }
        guard isGap else {
            if isFresh { burst = min(windowSize, burst + max(1, burst / 4)) }
            return beginWindow(at: now)
        }
        return lost(at: now)
    }

    /// In lock-step it may be an old packet on a long way: nothing. In a window it is how a client tells that the first
    /// block is missing (RFC 7440 §4).
    private mutating func repeated(at now: UInt64) -> Action {
        guard windowSize > 1, next > windowEnd, windowEnd - acknowledged > 1, deafWindows == 0, isFresh else {
            return .nothing
        }
        deafWindows = 2
        return lost(at: now)
    }

    private mutating func lost(at now: UInt64) -> Action {
        hasLoss = true
        isFresh = false
        burst = max(1, burst / 2)
        return goBack(at: now)
    }

    private mutating func beginWindow(at now: UInt64) -> Action {
        isFresh = true
        deafWindows = max(0, deafWindows - 1)
        next = acknowledged + 1
        windowEnd = min(acknowledged + windowSize, lastBlock)
        return sendBurst(at: now)
    }

    private mutating func goBack(at now: UInt64) -> Action {
        retransmissions += highest - acknowledged
        next = acknowledged + 1
        windowEnd = min(acknowledged + windowSize, lastBlock)
        return sendBurst(at: now)
    }

    private mutating func sendBurst(at now: UInt64) -> Action {
        let first = next
        let count = min(burst, windowEnd - next + 1)
        next += count
        highest = max(highest, next - 1)
        sentAt = now
        deadline = now + (next > windowEnd ? wait() : pause)
        return .send(first: first, count: count)
    }

    private mutating func answered(at now: UInt64, isWholeWindow: Bool) {
        if isFresh, isWholeWindow { roundTrip.measured(now - sentAt) }
        hasAnswered = true
        attempt = 0
    }

    private var attemptLimit: Int {
        guard hasAnswered else { return Self.firstAttemptLimit }
        return fixedTimeout == nil ? Self.attemptLimit : Self.fixedAttemptLimit
    }

    private func wait() -> UInt64 {
        fixedTimeout ?? roundTrip.timeout(attempt: attempt, hasLoss: hasLoss)
    }

    /// Between two bursts of a window.
    private var pause: UInt64 {
        max(Self.leastPause, min((roundTrip.smoothed ?? 0) / 4, 20 * Self.leastPause))
    }
}
