import Glibc
package import LinboModel

/// Whether somebody listens at a TCP port: a second opinion on what a PC runs.
package enum PortProbe {
    /// - Returns: whether a connection was accepted within the time.
    package static func answers(_ address: IPAddress, _ port: UInt16, within limit: Duration) async -> Bool {
        await ask(address, port, within: limit) == .accepted
    }

    /// What came of a connection.
    package enum Answer: Sendable {
        case accepted
        /// Somebody is there, but nobody listens.
        case refused
        case nothing
    }

    /// Connects, and closes at once.
    @SSHLoop
    package static func ask(_ address: IPAddress, _ port: UInt16, within limit: Duration) async -> Answer {
        do throws(SSHError) {
            close(try await TCPSocket.connect(to: address, port: port, within: limit))
            return .accepted
        } catch {
            return error == .refused ? .refused : .nothing
        }
    }
}
