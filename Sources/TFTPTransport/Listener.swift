import Glibc
package import HookHost
import LinboModel

/// A socket that takes requests, and the ports that their transfers are sent from.
struct Listener: Sendable {
    let socket: UDPSocket
    /// Empty: transfers are sent from the listening port.
    let ports: [UDPSocket]
    /// Bound to 0.0.0.0 or [::]: each packet tells which address was asked, and the answers have to say it. A socket of
    /// one address needs neither.
    let isForAllAddresses: Bool

    /// How many ports the transfers of one listening socket share.
    private static let portCount = 8

    /// - Throws: `SystemError` that names the address.
    static func open(
        _ settings: TFTPSettings, inherited: [UDPSocket], sharing: UDPSocket.Sharing
    ) throws(SystemError) -> [Listener] {
        var listeners: [Listener] = []
        var range = PortRange(settings.ports)
        for socket in inherited {
            listeners.append(try Listener(socket, socket.address, settings, &range))
        }
        guard inherited.isEmpty else { return listeners }
        for address in settings.listen {
            let socket = try UDPSocket(binding: address, sharing: sharing)
            listeners.append(try Listener(socket, address.address, settings, &range))
        }
        return listeners
    }

    private init(
        _ socket: UDPSocket, _ address: IPAddress, _ settings: TFTPSettings, _ range: inout PortRange
    ) throws(SystemError) {
        self.socket = socket
        isForAllAddresses = address.bytes.allSatisfy { $0 == 0 }
        if isForAllAddresses { socket.wantLocalAddresses() }
        var ports: [UDPSocket] = []
        while !settings.isSinglePort, ports.count < Self.portCount, let port = try range.bind(address) {
            ports.append(port)
        }
        self.ports = ports
    }
}

/// Ports to send transfers from: the kernel's choice, or from the configured range in random order.
private struct PortRange {
    private var left: [UInt16]?
    private var taken: Set<UInt16> = []

    init(_ range: ClosedRange<UInt16>?) {
        left = range.map { Array($0).shuffled() }
    }

    /// - Returns: nil if the range has no free port left.
    /// - Throws: `SystemError` for anything but a port that is in use.
    mutating func bind(_ address: IPAddress) throws(SystemError) -> UDPSocket? {
        while left == nil {
            let socket = try UDPSocket(binding: .init(address: address, port: 0), sharing: .amongOurs)
            // The kernel may give the same port twice to sockets that may share one.
            if taken.insert(socket.port).inserted { return socket }
            close(socket.descriptor)
        }
        while let port = left?.popLast() {
            do throws(SystemError) {
                return try UDPSocket(binding: .init(address: address, port: port), sharing: .amongOurs)
            } catch {
                guard error.code == EADDRINUSE else { throw error }
            }
        }
        return nil
    }
}
