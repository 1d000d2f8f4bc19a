import FlyingFox
import FlyingSocks
import HookHost
package import LinboModel

/// `GET /metrics` over HTTP, for Prometheus.
package struct MetricsServer: Sendable {
    private let factory: PrometheusFactory
    private let address: IPAddress
    private let port: UInt16
    private let refresh: @Sendable () async -> Void

    /// - Parameter refresh: sets the gauges anew before each answer.
    package init(
        _ factory: PrometheusFactory, address: IPAddress, port: UInt16, refresh: @escaping @Sendable () async -> Void
    ) {
        self.factory = factory
        self.address = address
        self.port = port
        self.refresh = refresh
    }

    /// Serves until the task is cancelled.
    /// - Parameter listens: is called once the address is bound.
    /// - Throws: `SystemError` if it can't be.
    package func run(_ listens: @escaping @Sendable () -> Void) async throws {
        let server = try makeServer()
        await server.appendRoute("GET /metrics") { [factory, refresh] _ in
            await refresh()
            return HTTPResponse(
                statusCode: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: Array(factory.text().utf8).withUnsafeBytes { .init($0) })
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bound { try await server.run() } }
            group.addTask {
                if (try? await server.waitUntilListening()) != nil { listens() }
            }
            for try await _ in group {}
        }
    }

    /// FlyingFox's errors name no address.
    private func bound(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch SocketError.failed(_, let code, _) {
            throw SystemError("bind", "\(ListenAddress(address: address, port: port))", code: code)
        }
    }

    private func makeServer() throws -> HTTPServer {
        // Requests are told to nobody: a scrape comes every few seconds.
        if address.isIPv4 {
            return HTTPServer(address: try .inet(ip4: "\(address)", port: port), timeout: 5, logger: .disabled)
        }
        return HTTPServer(address: try .inet6(ip6: "\(address)", port: port), timeout: 5, logger: .disabled)
    }
}
