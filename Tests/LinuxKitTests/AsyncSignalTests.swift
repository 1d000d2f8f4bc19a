import LinuxKit
import Testing

@Suite struct AsyncSignalTests {
    @Test func oneBeforeTheWaitIsNotLost() async {
        let signal = AsyncSignal()
        signal.send()
        await signal.wait(atMost: .seconds(600))
    }

    @Test func oneDuringTheWaitEndsIt() async {
        let signal = AsyncSignal()
        async let wait: Void = signal.wait(atMost: .seconds(600))
        signal.send()
        await wait
    }

    @Test func theEndOfTheTaskEndsIt() async {
        let signal = AsyncSignal()
        let waiter = Task { await signal.wait(atMost: .seconds(600)) }
        waiter.cancel()
        await waiter.value
    }
}
