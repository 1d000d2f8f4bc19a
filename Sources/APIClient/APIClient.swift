package import API
package import Foundation
import Glibc
import LinboModel
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Asks a running daemon over its socket.
package struct APIClient: Sendable {
    /// The socket's path.
    package let socket: String

    /// - Parameter socket: `api.socket`; nothing is connected yet.
    package init(socket: String) {
        self.socket = socket
    }

    /// Asks, and waits for the answer.
    /// - Parameter limit: how long it may take in all.
    /// - Throws: `Fault` as the daemon tells it; `NoDaemon`; `PermissionDenied`.
    package func ask<Question: APIOperation>(
        _ question: Question, within limit: Duration = .seconds(30)
    ) async throws -> Question.Answer {
        let call = try Call(question)
        do {
            let bytes = try await bounded(by: limit) {
                try await connected { inbound, outbound in
                    try await Self.write(call, accepting: "application/json", to: outbound)
                    var answer = Answer()
                    for try await part in inbound where try answer.add(part) { break }
                    return answer
                }
            }.content()
            return try APICoding.decoded(Question.Answer.self, from: bytes)
        } catch let broken as BrokenOff {
            throw broken.fault
        }
    }

    /// Reads server-sent events until the daemon ends, or `body` says that it has enough.
    /// - Parameters:
    ///   - target: such as `/v1/stream?since=0`.
    ///   - body: gets an event's data; false: enough.
    /// - Throws: as `ask`.
    package func stream(_ target: String, _ body: @Sendable (Data) throws -> Bool) async throws {
        // A daemon that is killed ends an event stream in the middle of HTTP: that is an end like any other.
        let isHeard = Mutex(false)
        do {
            try await connected { inbound, outbound in
                var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: target)
                head.headers = ["Host": "linbo-hookd", "Accept": "text/event-stream"]
                try await outbound.write(contentsOf: [.head(head), .end(nil)])
                var answer = Answer()
                var events = EventStreamReader()
                for try await part in inbound {
                    guard case .body(let buffer) = part, answer.isGood else {
                        if try answer.add(part) { break }
                        isHeard.withLock { $0 = answer.isGood }
                        continue
                    }
                    for data in try events.add(Data(buffer.readableBytesView)) where try !body(data) { return }
                }
                if !answer.isGood { _ = try answer.content() }
            }
        } catch let broken as BrokenOff where !isHeard.withLock({ $0 }) {
            throw broken.fault
        } catch is BrokenOff {}
    }

    // MARK: Connection

    private typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func connected<Value: Sendable>(
        _ body:
            @Sendable (
                NIOAsyncChannelInboundStream<HTTPClientResponsePart>,
                NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
            ) async throws -> Value
    ) async throws -> Value {
        let channel: Channel
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(
                unixDomainSocketPath: socket
            ) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try Channel(wrappingChannelSynchronously: channel)
                }
            }
        } catch {
            throw failure(error)
        }
        do {
            return try await channel.executeThenClose { try await body($0, $1) }
        } catch let error where error is HTTPParserError || error is IOError || error is ChannelError {
            throw BrokenOff(cause: "\(error)")
        }
    }

    /// The connection ended within an answer, or what came over it is none of HTTP's.
    private struct BrokenOff: Error {
        let cause: String
        var fault: Fault { Fault(.unavailable, "the daemon's answer did not come whole (\(cause))") }
    }

    private func failure(_ error: any Error) -> any Error {
        let code = (error as? IOError)?.errnoCode ?? 0
        return PermissionDenied(socket, code: code)
            ?? NoDaemon(
                socket: socket, cause: code == 0 ? "\(error)" : String(cString: strerror(code)),
                isAbsent: [ECONNREFUSED, ENOENT, ENOTDIR].contains(code))
    }

    private static func write(
        _ call: Call, accepting type: String, to outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    ) async throws {
        var head = HTTPRequestHead(version: .http1_1, method: .init(rawValue: call.method.rawValue), uri: call.target)
        head.headers = ["Host": "linbo-hookd", "Accept": type]
        var parts: [HTTPClientRequestPart] = []
        if let body = call.body {
            head.headers.add(name: "Content-Type", value: "application/json")
            head.headers.add(name: "Content-Length", value: "\(body.count)")
            parts.append(.body(.byteBuffer(ByteBuffer(bytes: body))))
        }
        try await outbound.write(contentsOf: [.head(head)] + parts + [.end(nil)])
    }

    private func bounded<Value: Sendable>(
        by limit: Duration, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() ?? nil else { throw NoDaemon(stuck: socket) }
            return value
        }
    }
}

extension APIClient {
    /// What came of an answer.
    fileprivate struct Answer: Sendable {
        private var status: HTTPResponseStatus?
        private var body = Data()

        /// More than any answer has; a socket of another program's might never end.
        private static let limit = 256 << 20

        var isGood: Bool { status.map { (200...299).contains($0.code) } ?? false }

        /// - Returns: whether it is whole.
        mutating func add(_ part: HTTPClientResponsePart) throws -> Bool {
            switch part {
            case .head(let head): status = head.status
            case .body(let buffer):
                body.append(contentsOf: buffer.readableBytesView)
                guard body.count <= Self.limit else { throw Fault(.failed, "an answer of more than 256 MiB") }
            case .end: return true
            }
            return false
        }

        func content() throws -> Data {
            guard let status else { throw Fault(.unavailable, "the daemon ended before it answered") }
            guard !isGood else { return body }
            throw (try? APICoding.decoded(Fault.self, from: body))
                ?? Fault(
                    .failed, "the daemon answers \(status.code) \(status.reasonPhrase): is it of another version?")
        }
    }
}

/// Nobody answers on the socket.
package struct NoDaemon: Error, CustomStringConvertible {
    /// Which socket, why, and how to start a daemon.
    package let description: String
    /// Nobody listens there, so that nobody was asked: it may be asked elsewhere.
    package let isAbsent: Bool

    init(socket: String, cause: String, isAbsent: Bool) {
        description = "no daemon answers on \(socket) (\(cause)). Start it: systemctl start linbo-hookd"
        self.isAbsent = isAbsent
    }

    /// The configuration names no place.
    package init(_ file: String) {
        description = "\(file) names no socket of a daemon"
        isAbsent = true
    }

    init(stuck socket: String) {
        description = "the daemon on \(socket) does not answer: it is stuck, of another version, or another user's"
        isAbsent = false
    }

}
