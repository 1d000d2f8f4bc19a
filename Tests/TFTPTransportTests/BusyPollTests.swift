import Testing

@testable import TFTPTransport

@Suite struct BusyPollTests {
    /// How often it looks in so many times that no packet waits, always with the same result.
    private func looks(in times: Int, _ poll: inout BusyPoll, inVain: Bool) -> Int {
        var looks = 0
        for _ in 0..<times where poll.isWorthIt() {
            looks += 1
            poll.recordPoll(inVain: inVain)
        }
        return looks
    }

    @Test func whoAnswersAtOnceIsLookedForEachTime() {
        var poll = BusyPoll()
        let count = looks(in: 100, &poll, inVain: false)
        #expect(count == 100)
    }

    /// Far clients, and those on our own core, cost next to nothing.
    @Test func whoNeverDoesIsLookedForNextToNever() {
        var poll = BusyPoll()
        let count = looks(in: 100_000, &poll, inVain: true)
        #expect(count <= 10 + 100_000 / BusyPoll.longestRest)
    }

    @Test func oneAnswerIsEnoughToLookAgain() {
        var poll = BusyPoll()
        _ = looks(in: 5000, &poll, inVain: true)
        while !poll.isWorthIt() {}
        poll.recordPoll(inVain: false)
        let looksAgain = poll.isWorthIt()
        #expect(looksAgain)
    }
}
