import Testing

@testable import TFTPTransport

@Suite struct BusyPollTests {
    @Test func whoAnswersAtOnceIsLookedForEachTime() {
        var poll = BusyPoll()
        var looks = 0
        for _ in 0..<100 where poll.isWorthIt() {
            looks += 1
            poll.looked(inVain: false)
        }
        #expect(looks == 100)
    }

    /// Far clients, and those on our own core, cost next to nothing.
    @Test func whoNeverDoesIsLookedForNextToNever() {
        var poll = BusyPoll()
        var looks = 0
        for _ in 0..<100_000 where poll.isWorthIt() {
            looks += 1
            poll.looked(inVain: true)
        }
        #expect(looks <= 10 + 100_000 / BusyPoll.longestRest)
    }

    @Test func oneAnswerIsEnoughToLookAgain() {
        var poll = BusyPoll()
        for _ in 0..<5000 where poll.isWorthIt() { poll.looked(inVain: true) }
        while !poll.isWorthIt() {}
        poll.looked(inVain: false)
        let looksAgain = poll.isWorthIt()
        #expect(looksAgain)
    }
}
