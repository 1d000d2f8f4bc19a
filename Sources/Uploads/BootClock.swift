import Glibc

/// Time since the kernel's boot, in which it tells when a process was started (proc(5)).
enum BootClock {
    static var seconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec)
    }

    /// Of `starttime`, each second.
    static let ticks = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
}
