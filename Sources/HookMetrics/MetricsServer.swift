import FlyingFox
import FlyingSocks
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
    /// - Throws: what FlyingFox says if the address can't be bound.
    package func run() async throws {
        let server = try makeServer()
        await server.appendRoute("GET /metrics") { [factory, refresh] _ in
            await refresh()
            return HTTPResponse(
                statusCode: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: Array(factory.text().utf8).withUnsafeBytes { .init($0) })
        }
        try await server.run()
    }

    private func makeServer() throws -> HTTPServer {
        // Requests are told to nobody: a scrape comes every few seconds.
        if address.isIPv4 {
            return HTTPServer(address: try .inet(ip4: "\(address)", port: port), timeout: 5, logger: .disabled)
        }
        return HTTPServer(address: try .inet6(ip6: "\(address)", port: port), timeout: 5, logger: .disabled)
    }
}
