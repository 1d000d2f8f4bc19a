import CLibSSH
import Glibc
import HookConfig
package import LinboModel
import LinuxKit

/// A connection to a PC, on which commands run one after the other or side by side.
@SSHLoop
package final class SSHSession {
    /// Where a PC's ssh is.
    package struct Place: Sendable {
        package let address: IPAddress
        package let port: UInt16
        /// LINBO knows root alone.
        package let user: String

        package init(_ address: IPAddress, port: UInt16 = 2222, user: String = "root") {
            (self.address, self.port, self.user) = (address, port, user)
        }
    }

    let session: ssh_session
    private let descriptor: Int32

    /// The strongest first. Old LINBO has RSA with SHA-1 and nothing else.
    private static let signatures = "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256,ssh-rsa"

    private init(_ session: ssh_session, _ descriptor: Int32) {
        (self.session, self.descriptor) = (session, descriptor)
    }

    isolated deinit {
        ssh_disconnect(session)
        ssh_free(session)
    }

    /// Connects, looks at the PC's key, and shows the server's.
    /// - Parameters:
    ///   - limit: for each of the three steps: a PC that does not answer is told from one that is slow.
    ///   - patience: for the first of them, if it is to be another one.
    ///   - trusts: whether the key is one that this PC may have.
    package static func open(
        _ place: Place, key: PrivateKey, within limit: Duration, answering patience: Duration? = nil,
        trusts: @Sendable (HostKey) async -> Bool
    ) async throws(SSHError) -> SSHSession {
        let descriptor = try await TCPSocket.connect(
            to: place.address, port: place.port, within: patience ?? limit)
        guard let pointer = ssh_new() else {
            close(descriptor)
            throw .broken("no memory")
        }
        let session = SSHSession(pointer, descriptor)
        session.set(place)
        try await session.until(SSHLimit(limit)) { ssh_connect(pointer) }
        guard let hostKey = HostKey(of: pointer) else { throw session.failure }
        guard await trusts(hostKey) else { throw .unknownHostKey(hostKey) }
        try await session.authenticate(with: key, within: limit)
        return session
    }

    /// libssh owns the descriptor from here on. It reads no files of its own.
    private func set(_ place: Place) {
        ssh_set_blocking(session, 0)
        _ = linbo_ssh_set_number(session, SSH_OPTIONS_PROCESS_CONFIG, 0)
        _ = linbo_ssh_set_number(session, SSH_OPTIONS_FD, descriptor)
        _ = linbo_ssh_set_text(session, SSH_OPTIONS_HOST, place.address.description)
        _ = linbo_ssh_set_text(session, SSH_OPTIONS_USER, place.user)
        _ = linbo_ssh_set_text(session, SSH_OPTIONS_HOSTKEYS, Self.signatures)
        _ = linbo_ssh_set_text(session, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, Self.signatures)
    }

    private func authenticate(with key: PrivateKey, within limit: Duration) async throws(SSHError) {
        let limit = SSHLimit(limit)
        while true {
            switch ssh_userauth_publickey(session, nil, key.pointer) {
            case SSH_AUTH_SUCCESS.rawValue: return
            case SSH_AUTH_AGAIN.rawValue: try await wait(within: limit)
            case SSH_AUTH_DENIED.rawValue, SSH_AUTH_PARTIAL.rawValue: throw .keyNotAccepted
            default: throw failure
            }
        }
    }

    /// Calls a function of libssh until it is done.
    func until(_ limit: SSHLimit, _ body: () -> Int32) async throws(SSHError) {
        while true {
            switch body() {
            case SSH_OK: return
            case SSH_AGAIN: try await wait(within: limit)
            default: throw failure
            }
        }
    }

    /// Until the socket has something to read, or room for what libssh has to send.
    func wait(within limit: SSHLimit) async throws(SSHError) {
        let wantsToWrite = ssh_get_poll_flags(session) & Int32(SSH_WRITE_PENDING) != 0
        let events = Int16(POLLIN) | (wantsToWrite ? Int16(POLLOUT) : 0)
        switch await SSHLoop.loop.wait(for: events, at: descriptor, until: limit.moment) {
        case .ready: return
        case .late: throw .late(limit.span)
        case .cancelled: throw .cancelled
        }
    }

    /// What libssh says of the last call.
    var failure: SSHError {
        let words = printable(String(cString: ssh_get_error(.init(session))), most: 300)
        return .broken(words.isEmpty ? "the PC ended it" : words)
    }

    var isConnected: Bool { ssh_is_connected(session) != 0 }
}
