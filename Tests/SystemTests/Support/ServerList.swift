import Synchronization

/// The servers that a test started, to end them all.
final class ServerList: Sendable {
    private let servers = Mutex<[Server]>([])

    func add(_ server: Server) {
        servers.withLock { $0.append(server) }
    }

    func all() -> [Server] {
        servers.withLock { $0.filter { !$0.hasEnded } }
    }
}
