import HookHost
import Testing

@Suite struct ContentTimeTests {
    /// Clients compare times over restarts and server moves, so this very number must never change.
    @Test func isTheSameForTheSameBytesForEver() {
        #expect(
            ContentTime.seconds(for: Array("winkey=A\n".utf8)) == ContentTime.seconds(for: Array("winkey=A\n".utf8)))
        #expect(ContentTime.seconds(for: []) == 1_498_967_745)
    }

    @Test func liesInThePastAndDiffersForKeysOfOneLength() {
        let letters = Array("BCDFGHJKMPQRTVWXY2346789")
        var times = Set<Int64>()
        for first in letters {
            for second in letters {
                let time = ContentTime.seconds(for: Array("winkey=AAAAA-AAAAA-AAAAA-AAAAA-AAA\(first)\(second)\n".utf8))
                #expect((946_684_800..<1_767_225_600).contains(time))
                times.insert(time)
            }
        }
        #expect(times.count == letters.count * letters.count)
    }
}
