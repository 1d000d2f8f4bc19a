package import API
package import Foundation
import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import LinboModel
import LinuxKit
package import Logging
import NIOCore

/// The API on its unix socket: HTTP/1.1 and JSON before operations. Root and the members of a group are answered.
package struct ControlServer: Sendable {
    /// What the server shows beside the operations.
    package struct Pages: Sendable {
        /// The program's, in `openapi.json`.
        package var version: String
        /// Prometheus' text; nil: metrics are off.
        package var metrics: (@Sendable () async -> [UInt8])?
        /// Frames of `/v1/stream` after a number, each whole JSON; an empty one now and then.
        package var stream: @Sendable (_ since: Int64?) async throws -> AsyncStream<Data>

        /// - Parameter metrics: nil: `/metrics` is answered by a fault.
        package init(
            version: String, metrics: (@Sendable () async -> [UInt8])?,
            stream: @escaping @Sendable (_ since: Int64?) async throws -> AsyncStream<Data>
        ) {
            self.version = version
            self.metrics = metrics
            self.stream = stream
        }
    }

    /// Members may ask, beside root and the daemon's own user.
    package static let group = "linbo-admin"

    private let socket: String
    private let handlers: [Handler]
    private let pages: Pages
    private let logger: Logger
    /// Answers wait for the database, files and programs.
    private let threads = ThreadPool("control", limit: 32)

    /// No question takes longer; what does is a job.
    private static let limit = Duration.seconds(120)
    private static let bodyLimit = 1 << 20
    private static let connectionLimit = 256

    /// - Parameter socket: its path; what lies there already goes.
    package init(socket: String, handlers: [Handler], pages: Pages, logger: Logger) {
        self.socket = socket
        self.handlers = handlers
        self.pages = pages
        self.logger = logger
    }

    /// Serves until the task is cancelled.
    /// - Parameter ready: is called once the socket can be asked.
    /// - Throws: why the socket can't be had.
    package func run(_ ready: @escaping @Sendable () -> Void) async throws {
        let router = Router(context: Context.self)
        router.add(middleware: FaultsAsProblems())
        // Made when somebody wants it: a start does not wait for it.
        router.get("/openapi.json") { [handlers, pages] _, _ in
            Self.response(try OpenAPI.document(handlers.map(\.operation), version: pages.version), .json)
        }
        router.get("/healthz") { _, _ in Self.response(Data("ok\n".utf8), .text) }
        let inside = router.group().add(middleware: PeersOnly(group: Self.group, threads: threads))
        for handler in handlers { add(handler, to: inside) }
        addPages(to: inside)
        var quiet = logger
        quiet.logLevel = .error
        let application = Application(
            router: router, server: .http1(configuration: .init(idleTimeout: .seconds(120))),
            configuration: .init(
                address: .unixDomainSocket(path: socket), serverName: "linbo-hookd", backlog: 128,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)),
            onServerRunning: { [socket] _ in
                Self.open(socket)
                ready()
            }, logger: quiet)
        try await application.run()
    }

    /// The mode is the owner's alone until here.
    private static func open(_ socket: String) {
        // NIO opens its sockets without.
        OpenDescriptors.closeOnExec()
        if geteuid() == 0, let group = Accounts.number(of: Self.group) { chown(socket, 0, group) }
        chmod(socket, 0o660)
    }

    // MARK: Operations

    private func add(_ handler: Handler, to routes: RouterGroup<Context>) {
        let route = handler.operation.route
        let schema = SchemaReader.schema(of: handler.operation)
        let path = RouterPath(
            route.path.replacingOccurrences(of: "{", with: ":").replacingOccurrences(of: "}", with: ""))
        routes.on(path, method: HTTPRequest.Method(rawValue: route.method.rawValue) ?? .get) { request, context in
            let body = try await Self.body(of: request)
            let question = try Question(request, context, body, route, schema)
            let actor = context.actor
            do {
                let answer = try await BoundedCall.run(within: Self.limit, on: threads) { _ in
                    try await handler(question.json, by: actor)
                }
                return Self.response(answer, .json)
            } catch let overdue as Overdue {
                throw Fault(.unavailable, "\(overdue)")
            }
        }
    }

    static func body(of request: Request) async throws(Fault) -> Data {
        var request = request
        do {
            return Data((try await request.collectBody(upTo: bodyLimit)).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Fault(.invalid, "a body of more than \(bodyLimit) bytes")
        } catch {
            throw Fault(.invalid, "the body did not come whole: \(error)")
        }
    }

    // MARK: Pages

    private func addPages(to routes: RouterGroup<Context>) {
        let (pages, threads) = (pages, threads)
        routes.get("/metrics") { _, _ in
            guard let metrics = pages.metrics else {
                throw Fault(.conflict, "metrics are off", fix: "add `metrics:` to the configuration")
            }
            let text = try await BoundedCall.run(within: Self.limit, on: threads) { _ in await metrics() }
            return Self.response(Data(text), .prometheus)
        }
        routes.get("/v1/stream") { request, _ in
            let since = try request.uri.queryParameters["since"].map { text in
                guard let number = Int64(text) else { throw Fault(.invalid, "'\(text)' is no number", at: "since") }
                return number
            }
            let frames = try await BoundedCall.run(within: Self.limit, on: threads) { _ in
                try await pages.stream(since)
            }
            return Response(
                status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
                body: ResponseBody { writer in
                    // So that the client knows at once that it is heard.
                    try await writer.write(ByteBuffer(string: ": linbo-hookd\n\n"))
                    for await frame in frames {
                        let line = frame.isEmpty ? Data(":".utf8) : Data("data: ".utf8) + frame
                        try await writer.write(ByteBuffer(bytes: line + Data("\n\n".utf8)))
                    }
                    try await writer.finish(nil)
                })
        }
    }

    private enum Form: String {
        case json = "application/json"
        case text = "text/plain; charset=utf-8"
        case prometheus = "text/plain; version=0.0.4; charset=utf-8"
    }

    private static func response(_ bytes: Data, _ form: Form) -> Response {
        Response(
            status: .ok, headers: [.contentType: form.rawValue],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
