import CLinux
import Glibc

/// Takes a packet of a UDP socket, and answers it from the address that was asked. Used by one thread.
final class Datagrams {
    /// The longest request: a scrape of 74 torrents. What is longer is cut off there.
    private static let packetSize = DatagramRequest.headSize + DatagramRequest.hashLimit * 20 + 64

    private let message = UnsafeMutablePointer<clinux_message>.allocate(capacity: 1)
    private let vector = UnsafeMutablePointer<iovec>.allocate(capacity: 1)
    private let name = UnsafeMutablePointer<sockaddr_in>.allocate(capacity: 1)
    private let packet = UnsafeMutableRawBufferPointer.allocate(byteCount: packetSize, alignment: 8)
    private let control = UnsafeMutablePointer<UInt8>.allocate(capacity: Int(CLINUX_CONTROL_SIZE))

    init() {
        message.initialize(to: clinux_message())
        vector.initialize(to: iovec())
        name.initialize(to: sockaddr_in())
        control.initialize(repeating: 0, count: Int(CLINUX_CONTROL_SIZE))
    }

    deinit {
        message.deallocate()
        vector.deallocate()
        name.deallocate()
        packet.deallocate()
        control.deallocate()
    }

    /// A packet, and who sent it; it is valid until the next call.
    /// - Returns: nil if none waits.
    func receive(_ descriptor: Int32) -> (packet: UnsafeRawBufferPointer, address: UInt32)? {
        vector.pointee = iovec(iov_base: packet.baseAddress, iov_len: packet.count)
        prepare(controlSize: Int(CLINUX_CONTROL_SIZE))
        guard clinux_receive(descriptor, message, 1) == 1 else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: packet.prefix(Int(message.pointee.length)))
        return (bytes, UInt32(bigEndian: name.pointee.sin_addr.s_addr))
    }

    /// Answers the packet that was received last. What does not fit into the socket is lost: its client asks again.
    func answer(_ descriptor: Int32, _ bytes: [UInt8]) {
        var local: (UInt64, UInt64) = (0, 0)
        let size = withUnsafeMutableBytes(of: &local) { buffer -> Int in
            guard let start = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
            // Its first member.
            let header = UnsafeRawPointer(message).assumingMemoryBound(to: msghdr.self)
            var interface: UInt32 = 0
            let length = clinux_local_address(header, start, &interface)
            return length == 0 ? 0 : clinux_send_control(control, start, length, interface, 0)
        }
        bytes.withUnsafeBytes { source in
            vector.pointee = iovec(
                iov_base: UnsafeMutableRawPointer(mutating: source.baseAddress), iov_len: source.count)
            prepare(controlSize: size)
            _ = clinux_send(descriptor, message, 1)
        }
    }

    private func prepare(controlSize: Int) {
        message.pointee.header.msg_name = UnsafeMutableRawPointer(name)
        message.pointee.header.msg_namelen = socklen_t(MemoryLayout<sockaddr_in>.size)
        message.pointee.header.msg_iov = vector
        message.pointee.header.msg_iovlen = 1
        message.pointee.header.msg_control = controlSize > 0 ? UnsafeMutableRawPointer(control) : nil
        message.pointee.header.msg_controllen = controlSize
    }
}
