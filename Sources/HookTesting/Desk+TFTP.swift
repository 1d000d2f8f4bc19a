import HookHost
import LinboHookd
import LinboModel
import TFTPTransport

extension Desk {
    /// By a server and a client that are there for this one fetch.
    func fetchOverTFTP(_ path: String, as host: Int) async throws -> [UInt8]? {
        hosts.refresh()
        let place = SocketAddress("127.0.0.1", try FreePort.next())
        var settings = assembly.config.tftp
        guard let address = IPAddress(place.host) else { return nil }
        settings.listen = [ListenAddress(address: address, port: place.port)]
        let reporter = Reporter(
            assembly.serving, settings: settings, audit: assembly.audit, observe: { _ in }, logger: logger)
        let server = try TFTPServer(
            settings, resolver: Resolver(assembly.serving, names: settings.names), reporter: reporter)
        return try await served(by: server.run) {
            let client = try RawClient(Self.addressText(of: host), asking: place)
            do {
                // As GRUB asks; what is given once is given to who asks with an option alone.
                let bytes = try await client.fetch(path, ["blksize": "1024", "tsize": "0"])
                // Whether the client has all is known with its last acknowledgement.
                try await eventually("the transfer has ended") { await server.transfers().isEmpty }
                return bytes
            } catch let error as RawClient.TransferError where error.code == 1 {
                return nil
            }
        }
    }

    /// The server ends, and has told all, before this returns.
    func served<Value: Sendable>(
        by server: @escaping @Sendable () async -> Void, _ body: () async throws -> Value
    ) async throws -> Value {
        let serving = Task { await server() }
        do {
            let value = try await body()
            serving.cancel()
            await serving.value
            return value
        } catch {
            serving.cancel()
            await serving.value
            throw error
        }
    }
}
