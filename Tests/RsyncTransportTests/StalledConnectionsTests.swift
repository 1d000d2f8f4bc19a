import HookHost
import Testing

@testable import RsyncTransport

@Suite struct StalledConnectionsTests {
    private static let one = ConnectionID(process: 10, started: 1)
    private static let other = ConnectionID(process: 11, started: 1)

    @Test("N19: a connection that takes no CPU time for the limit is stalled, one that moves is not")
    func moving() {
        let stalled = StalledConnections(limit: .seconds(100))
        let start = ContinuousClock.now
        var ticks: [Int32: UInt64] = [10: 50, 11: 50]
        func look(after seconds: Int) -> [ConnectionID] {
            stalled.stalled(among: [Self.one, Self.other], now: start + .seconds(seconds)) { ticks[$0] }
        }
        #expect(look(after: 0).isEmpty)
        // A sign of life now and then is less than a tick.
        ticks = [10: 52, 11: 60]
        #expect(look(after: 99).isEmpty)
        #expect(look(after: 100) == [Self.one])
        ticks = [10: 53, 11: 60]
        #expect(look(after: 198).isEmpty, "it has moved since")
        #expect(look(after: 199) == [Self.other])
    }

    @Test func aPidThatIsUsedAgainIsAnother() {
        let stalled = StalledConnections(limit: .seconds(100))
        let start = ContinuousClock.now
        #expect(stalled.stalled(among: [Self.one], now: start) { _ in 50 }.isEmpty)
        let later = ConnectionID(process: 10, started: 2)
        #expect(stalled.stalled(among: [later], now: start + .seconds(100)) { _ in 50 }.isEmpty)
        #expect(stalled.stalled(among: [later], now: start + .seconds(200)) { _ in nil }.isEmpty)
    }

    @Test(arguments: [
        ("4 (a) S 1 2 3 4 5 6 7 8 9 10 700 30 0 0 20 0 1 0 99", UInt64(730)),
        ("4 (a b) c) S 1 2 3 4 5 6 7 8 9 10 7 3 0", 10), ("4 (a) S 1 2", nil), ("", nil),
    ])
    func fields(_ text: String, _ ticks: UInt64?) {
        #expect(ProcessTime.parse(Array(text.utf8)) == ticks)
    }
}
