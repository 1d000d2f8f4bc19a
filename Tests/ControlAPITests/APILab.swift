import API
import APIClient
import ControlAPI
import Foundation
import HookTesting
import LinuxKit
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The server on a socket of its own, with operations of the test's.
final class APILab: Sendable {
    let directory: String
    let socket: String
    private let task = Mutex<Task<Void, any Error>?>(nil)

    var client: APIClient { APIClient(socket: socket) }

    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/api-\(UUID().uuidString.prefix(8))"
        socket = "\(directory)/api.sock"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        task.withLock { $0?.cancel() }
        FileTree.remove(directory)
    }

    /// Returns once the socket can be asked.
    func start(
        _ handlers: [Handler], metrics: (@Sendable () async -> [UInt8])? = nil,
        stream: @escaping @Sendable (Int64?) async throws -> AsyncStream<Data> = { _ in AsyncStream { $0.finish() } }
    ) async throws {
        let server = ControlServer(
            socket: socket, handlers: handlers, pages: .init(version: "1", metrics: metrics, stream: stream),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (news, ready) = AsyncThrowingStream<Void, any Error>.makeStream()
        task.withLock {
            $0 = Task {
                do {
                    try await server.run { ready.yield() }
                } catch {
                    ready.finish(throwing: error)
                    throw error
                }
            }
        }
        for try await _ in news { return }
    }

    /// Sends bytes as they are.
    /// - Parameter endsEarly: the client says that no more comes, whatever it has promised.
    /// - Returns: all that comes until the server closes, as it does if it is asked to (`Connection: close`).
    func raw(_ text: String, endsEarly: Bool = false) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(unixDomainSocketPath: socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            // A server that has refused the head does not read the rest.
            try? await outbound.write(ByteBuffer(string: text))
            if endsEarly { outbound.finish() }
            var answer = ""
            do { for try await part in inbound { answer += String(buffer: part) } } catch  where !answer.isEmpty {}
            return answer
        }
    }

    /// - Returns: the status, and the body's text.
    func ask(_ method: String, _ target: String, _ body: String? = nil, header: String = "") async throws -> (
        Int, String
    ) {
        let length = body.map { "Content-Length: \($0.utf8.count)\r\n" } ?? ""
        let answer = try await raw(
            "\(method) \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(length)\(header)\r\n\(body ?? "")")
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        return (Int(answer.split(separator: " ").dropFirst().first ?? "") ?? 0, String(parts.last ?? ""))
    }
}
