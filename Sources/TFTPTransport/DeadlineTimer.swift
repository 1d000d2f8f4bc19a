import CLinux
import Glibc
import HookHost
import LinuxKit

/// Wakes epoll at a moment (timerfd_create(2)). A timeout of epoll_wait would set a timer of the processor's for each
/// packet, which in a virtual machine costs as much as the packet; this one is set when it has rung, or for an earlier
/// moment. Used by the engine's thread alone once that runs; that is why it may be called Sendable.
final class DeadlineTimer: @unchecked Sendable {
    let descriptor: Int32
    private var moment: UInt64 = .max

    /// - Throws: `SystemError` if there is no descriptor left.
    init() throws(SystemError) {
        descriptor = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError("timerfd_create", "TFTP engine") }
    }

    deinit {
        close(descriptor)
    }

    /// - Parameters:
    ///   - moment: in nanoseconds of CLOCK_MONOTONIC.
    ///   - now: of the same clock.
    func ring(at moment: UInt64, now: UInt64) {
        guard moment < self.moment || self.moment <= now else { return }
        self.moment = moment
        var span = itimerspec()
        span.it_value = timespec(tv_sec: Int(moment / 1_000_000_000), tv_nsec: Int(moment % 1_000_000_000))
        timerfd_settime(descriptor, Int32(TFD_TIMER_ABSTIME), &span, nil)
    }

    func silence() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}
