#if hasFeature(Embedded)
    package import CLibC
#else
    package import Glibc
    package import LinuxKit
#endif

/// A connected unix socket. Every wait has an end.
package struct HookSocket: ~Copyable {
    /// Open as long as this value lives.
    package let descriptor: Int32

    /// - Parameter descriptor: a connected socket; closed when this value ends.
    package init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Connects, without waiting: a daemon whose queue is full is one that does not answer.
    /// - Returns: nil, with `errno` set, if nobody listens there.
    package init?(connectingTo path: String) {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        let result = withUnixAddress(path) { connect(descriptor, $0, $1) }
        guard result == 0 else {
            let failure = errno
            close(descriptor)
            errno = failure
            return nil
        }
        self.descriptor = descriptor
    }

    /// - Returns: false if the peer is gone or the deadline has passed.
    package func write(_ bytes: [UInt8], before deadline: Deadline) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                // accept(2)'s descriptors block, and a peer that reads nothing would hold the caller for ever.
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count > 0 { sent += count; continue }
            guard count < 0, errno == EAGAIN || errno == EINTR, wait(for: POLLOUT, before: deadline) else {
                return false
            }
        }
        return true
    }

    /// - Returns: nil if the peer closes early or the deadline passes.
    package func read(_ count: Int, before deadline: Deadline) -> [UInt8]? {
        let bytes = read(atLeast: count, atMost: count, before: deadline)
        return bytes.count == count ? bytes : nil
    }

    /// The frame that the peer sends, by one recv(2) if it is as small as frames are.
    /// - Returns: nil if the peer closes early or the deadline passes.
    /// - Throws: `HookFrameError` for what is no frame.
    package func readFrame(before deadline: Deadline) throws(HookFrameError) -> HookFrame? {
        let start = read(atLeast: HookFrame.headerLength, atMost: 4096, before: deadline)
        guard start.count >= HookFrame.headerLength else { return nil }
        let (call, length) = try HookFrame.header(start[..<HookFrame.headerLength])
        let payload = start[HookFrame.headerLength...]
        guard payload.count < length else { return try HookFrame(call: call, payload: payload.prefix(length)) }
        guard let rest = read(length - payload.count, before: deadline) else { return nil }
        return try HookFrame(call: call, payload: payload + rest)
    }

    /// - Returns: fewer than `least` bytes if the peer closes early or the deadline passes.
    private func read(atLeast least: Int, atMost most: Int, before deadline: Deadline) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: most) { buffer, got in
            while got < least {
                let part = recv(descriptor, buffer.baseAddress?.advanced(by: got), most - got, Int32(MSG_DONTWAIT))
                if part > 0 { got += part; continue }
                guard part < 0, errno == EAGAIN || errno == EINTR, wait(for: POLLIN, before: deadline) else { return }
            }
        }
    }

    private func wait(for events: Int32, before deadline: Deadline) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        let left = deadline.remaining
        guard left > 0 else { return false }
        let ready = poll(&entry, 1, left)
        return ready > 0 || (ready < 0 && errno == EINTR)
    }
}

/// Calls `body` with `path` as a socket address; -1 with ENAMETOOLONG if it does not fit (107 bytes).
package func withUnixAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
        errno = ENAMETOOLONG
        return -1
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
