import CLinux
import Glibc

/// Takes many packets from a socket in one call (recvmmsg(2)). Used by one thread.
final class Inbox {
    /// A packet, valid until the next `receive`.
    struct Packet {
        let bytes: UnsafeRawBufferPointer
        /// The sender's socket address.
        let name: UnsafeRawPointer
        let nameLength: Int
        fileprivate let header: UnsafePointer<msghdr>

        /// The address that it came to, if its socket was asked to tell.
        var local: LocalAddress { LocalAddress(of: header) }
        /// When the kernel had it: nanoseconds since 1970, to compare with those of other packets; 0 if it does not
        /// tell.
        var arrival: UInt64 { clinux_arrival_time(header) }
    }

    private static let capacity = 64
    /// Longer requests are cut off there, and refused.
    private static let packetSize = ReadRequest.sizeLimit + 64
    private static let nameSize = MemoryLayout<sockaddr_in6>.size
    private static let controlSize = Int(CLINUX_CONTROL_SIZE)

    private let messages = UnsafeMutablePointer<clinux_message>.allocate(capacity: capacity)
    private let vectors = UnsafeMutablePointer<iovec>.allocate(capacity: capacity)
    private let memory = UnsafeMutableRawPointer.allocate(
        byteCount: capacity * (packetSize + nameSize + controlSize), alignment: 16)

    init() {
        messages.initialize(repeating: clinux_message(), count: Self.capacity)
        vectors.initialize(repeating: iovec(), count: Self.capacity)
        memory.initializeMemory(
            as: UInt8.self, repeating: 0, count: Self.capacity * (Self.packetSize + Self.nameSize + Self.controlSize))
        for index in 0..<Self.capacity {
            vectors[index] = iovec(iov_base: packet(index), iov_len: Self.packetSize)
            messages[index].header.msg_iov = vectors + index
            messages[index].header.msg_iovlen = 1
        }
    }

    deinit {
        messages.deallocate()
        vectors.deallocate()
        memory.deallocate()
    }

    /// - Parameter isCrowded: whether more than one packet is to be expected; the kernel's look for a second one costs
    ///   a third of the first.
    /// - Returns: how many packets came; they are at `subscript`. 0: none waits.
    func receive(from descriptor: Int32, isCrowded: Bool) -> Int {
        let limit = isCrowded ? Self.capacity : 1
        for index in 0..<limit {
            messages[index].header.msg_name = name(index)
            messages[index].header.msg_namelen = socklen_t(Self.nameSize)
            messages[index].header.msg_control = control(index)
            messages[index].header.msg_controllen = Self.controlSize
        }
        return max(0, Int(clinux_receive(descriptor, messages, UInt32(limit))))
    }

    subscript(index: Int) -> Packet {
        let message = messages[index]
        return Packet(
            bytes: UnsafeRawBufferPointer(start: packet(index), count: Int(message.length)),
            name: UnsafeRawPointer(name(index)), nameLength: Int(message.header.msg_namelen),
            // Its first member.
            header: UnsafeRawPointer(messages + index).assumingMemoryBound(to: msghdr.self))
    }

    private func packet(_ index: Int) -> UnsafeMutableRawPointer { memory + index * Self.packetSize }

    private func name(_ index: Int) -> UnsafeMutableRawPointer {
        memory + Self.capacity * Self.packetSize + index * Self.nameSize
    }

    private func control(_ index: Int) -> UnsafeMutableRawPointer {
        memory + Self.capacity * (Self.packetSize + Self.nameSize) + index * Self.controlSize
    }
}
