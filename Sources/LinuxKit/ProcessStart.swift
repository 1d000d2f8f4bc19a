#if hasFeature(Embedded)
    import CLibC
#else
    import Glibc
#endif

/// When a process started, which tells it from later ones with the same pid.
package enum ProcessStart {
    /// Clock ticks after boot: field 22 of `/proc/PID/stat`, proc(5). nil if there is no such process, or only its
    /// zombie.
    package static func ticks(of process: Int32) -> UInt64? {
        let descriptor = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            guard count > 0 else { return nil }
            return parse(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// The command's name, field 2, may hold anything, so fields are counted from its last `)`.
    static func parse(_ stat: UnsafeBufferPointer<UInt8>) -> UInt64? {
        guard let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        // Field 3 stands behind the first space, field 22 behind the 20th.
        var field = 2
        var ticks: UInt64?
        for byte in stat[(end + 1)...] {
            if byte == UInt8(ascii: " ") {
                field += 1
                if field > 22 { return ticks }
            } else if field == 3, byte == UInt8(ascii: "Z") {
                return nil
            } else if field == 22 {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                ticks = (ticks ?? 0) &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
            }
        }
        return ticks
    }

    static func parse(_ stat: [UInt8]) -> UInt64? {
        stat.withUnsafeBufferPointer { parse($0) }
    }
}
