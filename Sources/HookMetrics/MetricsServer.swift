import Dispatch
import Foundation
import HookHost
package import LinboModel
package import LinuxKit
package import Logging

/// `GET /metrics` over HTTP, for Prometheus.
package struct MetricsServer: Sendable {
    private let factory: PrometheusFactory
    private let address: ListenAddress
    private let refresh: @Sendable () async -> Void
    private let logger: Logger

    /// A daemon that does not tell its figures by then has others to worry about.
    private static let patience = DispatchTimeInterval.seconds(5)

    /// - Parameter refresh: sets the gauges anew before each answer.
    package init(
        _ factory: PrometheusFactory, address: ListenAddress, logger: Logger,
        refresh: @escaping @Sendable () async -> Void
    ) {
        self.factory = factory
        self.address = address
        self.logger = logger
        self.refresh = refresh
    }

    /// Serves until the task is cancelled, on a thread of its own.
    /// - Parameter listens: is called once the address is bound.
    /// - Throws: `SystemError` if it can't be.
    package func run(_ listens: @escaping @Sendable () -> Void) async throws(SystemError) {
        let endpoint = try Endpoint(address, logger: logger)
        listens()
        await withTaskCancellationHandler {
            await NamedThread.run("metrics") { endpoint.serve { answer() } }
        } onCancel: {
            endpoint.stop()
        }
    }

    /// Blocks the endpoint's own thread, and no other.
    private func answer() -> [UInt8] {
        let done = DispatchSemaphore(value: 0)
        Task {
            await refresh()
            done.signal()
        }
        guard done.wait(timeout: .now() + Self.patience) == .success else {
            return Answer.bytes("503 Service Unavailable", "the daemon does not tell its figures\n")
        }
        return Answer.bytes("200 OK", type: "text/plain; version=0.0.4; charset=utf-8", factory.text())
    }
}
