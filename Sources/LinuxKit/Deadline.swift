#if hasFeature(Embedded)
    import CLibC
#else
    import Glibc
#endif

/// A moment on the clock that never jumps, as poll(2) wants it.
package struct Deadline: Sendable {
    private let milliseconds: Int64

    /// - Parameter span: from now on.
    package init(inMilliseconds span: Int) {
        milliseconds = Self.now() + Int64(span)
    }

    /// What is left, for poll(2); 0 if it has passed.
    package var remaining: Int32 {
        Int32(clamping: max(0, milliseconds - Self.now()))
    }

    /// To the millisecond: a wait for `remaining` is over then.
    package var hasPassed: Bool { remaining == 0 }

    private static func now() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}
