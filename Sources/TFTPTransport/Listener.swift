import Glibc
import HookHost
import LinboModel
import LinuxKit

/// A socket that takes requests, and the ports that their transfers are sent from.
struct Listener: Sendable {
    let socket: UDPSocket
    /// Empty: transfers are sent from the listening port.
    let ports: [UDPSocket]
    /// Nothing is ever sent from these, so that nobody can know them: whoever writes to one only guesses at ports.
    let decoys: [UDPSocket]

    /// How many ports the transfers of one listening socket share. Which of them a transfer has is drawn at random: who
    /// can guess a client's port has to write to all of them, in vain but for one.
    private static let portCount = 64
    private static let decoyCount = 32
    /// Fewer than this are not enough.
    private static let leastPorts = 8

    /// - Throws: `SystemError` that names the address.
    static func open(
        _ settings: TFTPSettings, inherited: [UDPSocket], sharing: UDPSocket.Sharing
    ) throws(SystemError) -> [Listener] {
        var listeners: [Listener] = []
        do throws(SystemError) {
            for socket in inherited {
                listeners.append(try Listener(socket, socket.address, settings))
            }
            guard inherited.isEmpty else { return listeners }
            for address in settings.listen {
                let socket = try UDPSocket(binding: address, sharing: sharing)
                listeners.append(try Listener(socket, address.address, settings))
            }
        } catch {
            for listener in listeners { listener.close() }
            throw error
        }
        return listeners
    }

    func close() {
        for socket in [socket] + ports + decoys { Glibc.close(socket.descriptor) }
    }

    /// - Throws: `SystemError` if the configured range has no free port of this address: a firewall lets none but those
    ///   through.
    private init(_ socket: UDPSocket, _ address: IPAddress, _ settings: TFTPSettings) throws(SystemError) {
        self.socket = socket
        // Bound to 0.0.0.0 or [::]: each packet tells which address was asked, and the answers have to say it. A socket
        // of one address needs neither.
        if address.bytes.allSatisfy({ $0 == 0 }) { socket.wantLocalAddresses() }
        do throws(SystemError) {
            let all = settings.isSinglePort ? [] : try Self.ports(of: address, settings)
            // Of a small range a third.
            let count = max(min(all.count, 1), min(Self.portCount, all.count - all.count / 3))
            (ports, decoys) = (Array(all.prefix(count)), Array(all.dropFirst(count)))
        } catch {
            Glibc.close(socket.descriptor)
            throw error
        }
    }

    private static func ports(of address: IPAddress, _ settings: TFTPSettings) throws(SystemError) -> [UDPSocket] {
        // Each address has the whole range, and each engine leaves the others their part of it.
        var range = PortRange(settings.ports)
        let share = settings.ports.map { max(1, $0.count / max(1, settings.threads)) } ?? portCount + decoyCount
        var ports: [UDPSocket] = []
        do throws(SystemError) {
            while ports.count < min(portCount + decoyCount, share), let port = try range.bind(address) {
                ports.append(port)
            }
        } catch {
            guard ports.count >= leastPorts else {
                for port in ports { Glibc.close(port.descriptor) }
                throw error
            }
        }
        guard !ports.isEmpty else {
            let name =
                settings.ports.map { "\(address), all of ports \($0.lowerBound)-\($0.upperBound)" } ?? "\(address)"
            throw SystemError("bind", name, code: EADDRINUSE)
        }
        return ports
    }
}

/// Ports to send transfers from: the kernel's choice, or from the configured range in random order.
private struct PortRange {
    private var left: [UInt16]?

    init(_ range: ClosedRange<UInt16>?) {
        left = range.map { Array($0).shuffled() }
    }

    /// - Returns: nil if the range has no free port left.
    /// - Throws: `SystemError` for anything but a port that is in use.
    mutating func bind(_ address: IPAddress) throws(SystemError) -> UDPSocket? {
        guard left != nil else { return try UDPSocket(binding: .init(address: address, port: 0), sharing: .open) }
        while let port = left?.popLast() {
            do throws(SystemError) {
                return try UDPSocket(binding: .init(address: address, port: port), sharing: .open)
            } catch {
                guard error.code == EADDRINUSE else { throw error }
            }
        }
        return nil
    }
}
