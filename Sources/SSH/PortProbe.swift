import Glibc
package import LinboModel

/// Whether somebody listens at a TCP port: a second opinion on what a PC runs.
package enum PortProbe {
    /// - Returns: whether a connection was accepted within the time.
    package static func answers(_ address: IPAddress, _ port: UInt16, within limit: Duration) async -> Bool {
        await connects(address, port, limit)
    }

    @SSHLoop
    private static func connects(_ address: IPAddress, _ port: UInt16, _ limit: Duration) async -> Bool {
        guard let descriptor = try? await TCPSocket.connect(to: address, port: port, within: limit) else {
            return false
        }
        close(descriptor)
        return true
    }
}
