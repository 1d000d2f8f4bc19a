import Testing

@testable import Macct

@Suite struct WakeUpTests {
    @Test func aWishBeforeTheSleepIsNotLost() async {
        let signal = WakeUp()
        signal.wake()
        await signal.sleep(for: .seconds(600))
    }

    @Test func aWishDuringTheSleepEndsIt() async {
        let signal = WakeUp()
        async let sleep: Void = signal.sleep(for: .seconds(600))
        signal.wake()
        await sleep
    }

    @Test func theEndOfTheTaskEndsIt() async {
        let signal = WakeUp()
        let sleeper = Task { await signal.sleep(for: .seconds(600)) }
        sleeper.cancel()
        await sleeper.value
    }
}
