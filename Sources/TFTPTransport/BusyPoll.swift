/// Whether to look for a client's answer for a moment before the thread goes to sleep (busy polling; SO_BUSY_POLL of
/// socket(7) is the same for network cards).
///
/// A client close by answers in less time than it takes to put a core to sleep and to wake it, and sleeping costs more
/// of the core than looking: docs/tftp.md has the figures. A client far away never answers so soon, nor one that shares
/// the core with us; so whoever looked in vain looks more and more seldom, and soon next to never.
struct BusyPoll {
    /// Nanoseconds of looking.
    static let span: UInt64 = 30_000
    /// At most so many answers are awaited asleep before the next look.
    static let longestRest = 1023

    private var rest = 0
    private var left = 0

    /// Asked each time that no packet waits.
    mutating func isWorthIt() -> Bool {
        guard left == 0 else {
            left -= 1
            return false
        }
        return true
    }

    /// How the look ended.
    mutating func recordPoll(inVain: Bool) {
        rest = inVain ? min(2 * rest + 1, Self.longestRest) : 0
        left = rest
    }
}
