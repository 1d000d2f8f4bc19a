import CLinux
import Glibc
import LinboModel

/// How packets get to one client and from which address: what sendmmsg(2) wants to point at, made once.
final class Route {
    private(set) var socket: UDPSocket
    let name: UnsafeMutableRawPointer
    let nameLength: Int
    private let control: UnsafeMutablePointer<UInt8>
    private var controlLength: Int
    private var segmentedLength = 0
    private let local: LocalAddress
    /// For DATA; all else goes by the shared socket.
    private(set) var direct: DirectSocket?
    /// The only socket of this client's; it takes the shared one's place.
    private(set) var own: DirectSocket?
    private var shared: UDPSocket?

    /// Ports of a configured range may be in use.
    private static let drawLimit = 16
    private static let controlSize = Int(CLINUX_CONTROL_SIZE)

    init(_ socket: UDPSocket, to packet: Inbox.Packet) {
        self.socket = socket
        local = packet.local
        nameLength = packet.nameLength
        name = .allocate(byteCount: max(1, nameLength), alignment: 8)
        name.copyMemory(from: packet.name, byteCount: nameLength)
        control = .allocate(capacity: 2 * Self.controlSize)
        control.initialize(repeating: 0, count: 2 * Self.controlSize)
        controlLength = local.writeControl(control, segment: 0)
    }

    deinit {
        name.deallocate()
        control.deallocate()
    }

    /// Gives the transfer a socket of its own.
    /// - Returns: its descriptor, for epoll; nil if there is none to be had.
    func makeDirect() -> Int32? {
        // A link-local address is bound together with its link, which is not worth it.
        guard local.interface == 0, own == nil else { return nil }
        direct = DirectSocket(at: local.listenAddress(beside: socket), sharing: .joining, to: name, nameLength)
        return direct?.descriptor
    }

    /// Lets all packets leave from a port that nobody can know.
    /// - Parameter ports: where it may lie; nil leaves it to the kernel, which draws it.
    /// - Returns: its descriptor; nil if there is none to be had.
    func moveToOwnPort(in ports: ClosedRange<UInt16>?) -> Int32? {
        guard local.interface == 0 else { return nil }
        let address = local.listenAddress(beside: socket).address
        let shared = socket
        for _ in 0..<Self.drawLimit {
            let port = ports.map { UInt16.random(in: $0) } ?? 0
            guard
                let own = DirectSocket(
                    at: ListenAddress(address: address, port: port), sharing: .none, to: name, nameLength)
            else { continue }
            (self.own, self.shared, socket) = (own, shared, own.socket)
            return own.descriptor
        }
        return nil
    }

    func closeDirect() {
        direct = nil
    }

    func leaveOwnPort() {
        guard let shared else { return }
        (own, socket, self.shared) = (nil, shared, nil)
    }

    /// - Parameter segment: the packets' size if the kernel shall cut the message (UDP_SEGMENT); always the same one.
    func control(segment: Int?) -> (start: UnsafeMutableRawPointer?, count: Int) {
        guard let segment else {
            if direct != nil { return (nil, 0) }
            return (controlLength == 0 ? nil : UnsafeMutableRawPointer(control), controlLength)
        }
        if segmentedLength == 0 { segmentedLength = local.writeControl(control + Self.controlSize, segment: segment) }
        return (UnsafeMutableRawPointer(control + Self.controlSize), segmentedLength)
    }

    /// The greatest UDP payload that gets there without IP fragments; nil if the kernel can't say.
    var greatestPayload: Int? {
        let mtu = Int(clinux_path_mtu(name.assumingMemoryBound(to: sockaddr.self), socklen_t(nameLength)))
        let headers = (socket.isIPv4 ? 20 : 40) + 8
        return mtu > headers ? mtu - headers : nil
    }
}
