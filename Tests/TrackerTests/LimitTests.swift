import Testing

@testable import Tracker

@Suite("limits") struct LimitTests {
    @Test("an address has a burst, then its rate; others are not concerned") func rates() {
        var rates = RequestRates(rate: 10, burst: 5)
        let second = Moment.second
        for _ in 0..<5 { #expect(rates.admits(1, at: second) == true) }
        #expect(rates.admits(1, at: second) == false)
        #expect(rates.admits(2, at: second) == true)
        #expect(rates.admits(1, at: second + second / 10) == true)
        #expect(rates.admits(1, at: second + second / 10) == false)
        // A clock that was read a little earlier.
        #expect(rates.admits(1, at: second) == false)
        for _ in 0..<5 { #expect(rates.admits(1, at: 10 * second) == true) }
        #expect(rates.admits(1, at: 10 * second) == false)
        var free = RequestRates(rate: 0, burst: 1)
        for _ in 0..<100 { #expect(free.admits(1, at: second) == true) }
        #expect(free.count == 0)
    }

    @Test("addresses that are no burden make room; if all are, a new one waits") func addresses() {
        var rates = RequestRates(rate: 1, burst: 2, limit: 100)
        for address in 0..<UInt32(100) { #expect(rates.admits(address, at: Moment.second) == true) }
        #expect(rates.admits(1000, at: Moment.second) == false && rates.count == 100)
        #expect(rates.admits(5, at: Moment.second) == true)
        #expect(rates.admits(1000, at: 2 * Moment.second) == true)
        #expect(rates.count < 100)
    }

    @Test("connections that hang make room for new ones, those of the same address first") func connections() {
        var pending = PendingConnections(limit: 4, limitOfAddress: 2)
        #expect(pending.add(10, 1, head: [], deadline: 100) == nil)
        #expect(pending.add(11, 2, head: [], deadline: 101) == nil)
        #expect(pending.add(12, 2, head: [1], deadline: 102) == nil)
        #expect(pending.add(13, 2, head: [], deadline: 103) == 11)
        #expect(pending.add(14, 3, head: [], deadline: 104) == nil)
        #expect(pending.add(15, 4, head: [], deadline: 105) == 10)
        #expect(pending.head(12) == [1] && pending.address(12) == 2 && pending.count == 4)
        pending.setHead([1, 2], of: 12)
        #expect(pending.head(12) == [1, 2] && pending.head(10) == nil)
        #expect(pending.nextDeadline == 102)
        #expect(pending.removeLate(at: 103) == [12, 13])
        pending.remove(14)
        #expect(pending.nextDeadline == 105 && pending.count == 1)
        // The number is used again.
        #expect(pending.add(12, 5, head: [], deadline: 200) == nil)
        #expect(pending.removeOldest() == 15 && pending.removeOldest() == 12 && pending.removeOldest() == nil)
        #expect(pending.nextDeadline == nil && pending.removeLate(at: .max).isEmpty)
    }
}
