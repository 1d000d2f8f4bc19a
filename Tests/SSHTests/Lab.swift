import Foundation
import Glibc
import HookTesting
import LinboModel
import SSH
import Testing

/// PCs to connect to.
struct Lab {
    let directory: URL
    let pcs: LinboPCs
    let port: UInt16

    static func open(_ body: (Lab) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "linbo-hookd-ssh-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(
            Lab(directory: directory, pcs: try await LinboPCs(in: directory), port: try FreePort.next()))
    }

    func start(_ host: String, hostKey: URL? = nil, authorized: URL? = nil) async throws -> LinboPC {
        try await pcs.start(host, at: SocketAddress(host, port), hostKey: hostKey, authorized: authorized)
    }

    func start(_ hosts: [String]) async throws -> [LinboPC] {
        try await withThrowingTaskGroup(of: LinboPC.self) { group in
            for host in hosts { group.addTask { try await start(host) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    func session(_ host: String, _ port: UInt16, within limit: Duration = .seconds(60)) async throws -> SSHSession {
        let address = try #require(IPAddress(host))
        let fingerprint = pcs.fingerprint
        return try await SSHSession.open(
            .init(address, port: port), key: try await PrivateKey(file: pcs.key.path), within: limit,
            trusts: { $0.fingerprint == fingerprint })
    }

    func session(_ pc: LinboPC) async throws -> SSHSession { try await session(pc.address.host, pc.address.port) }

    /// Why there is no session.
    func failure(_ pc: LinboPC) async throws -> SSHError? {
        do { _ = try await session(pc) } catch let error as SSHError { return error }
        return nil
    }

    func failure(at port: UInt16, within limit: Duration) async throws -> SSHError? {
        do { _ = try await session("127.0.0.1", port, within: limit) } catch let error as SSHError { return error }
        return nil
    }
}

extension SSHSession {
    func ran(_ text: String, outputLimit: Int = 1 << 20) async throws -> (output: String, status: Int?) {
        var bytes: [UInt8] = []
        let command = try await start(text, within: .seconds(60))
        let status = try await command.end(within: .seconds(120), outputLimit: outputLimit) { bytes += $0 }
        return (String(decoding: bytes, as: UTF8.self), status)
    }
}

/// A server that is none of ssh's: it says one thing to each who comes, and hangs up; or takes nobody, and says nothing.
final class Listener: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init(saying words: String? = nil) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        port = try FreePort.next()
        guard SocketAddress("127.0.0.1", port).withPointer({ bind(descriptor, $0, $1) }) == 0,
            listen(descriptor, 5) == 0
        else { throw POSIXError(.EADDRINUSE) }
        guard let words else { return }
        Thread.detachNewThread {
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return }
                _ = Array(words.utf8).withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                close(client)
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
