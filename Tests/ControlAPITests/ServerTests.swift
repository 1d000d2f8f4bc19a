import API
import APIClient
import ControlAPI
import Dispatch
import Foundation
import Glibc
import HookTesting
import HookWire
import LinuxKit
import Synchronization
import Testing

/// The server itself: what it bears, and what it never does.
@Suite struct ServerTests {
    @Test("what was there before is replaced, and the socket is for its owner and the group alone") func socket()
        async throws
    {
        let lab = try APILab()
        let old = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(withUnixAddress(lab.socket) { bind(old, $0, $1) } == 0)
        close(old)
        try await lab.start([])
        let status = try #require(FileStatus(at: lab.socket))
        #expect(status.kind == .other && status.mode == 0o660 && status.owner == geteuid())
        #expect(try await lab.ask("GET", "/healthz") == (200, "ok\n"))
    }

    @Test("who asks is the process at the other end") func actor() async throws {
        let lab = try APILab()
        try await lab.start([Change.handler])
        let actor = try await lab.client.ask(Change(id: 1), within: .seconds(60)).actor
        let name = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
        #expect(actor == name || actor.hasPrefix("\(name) ("))
    }

    @Test(
        "what is not there is told with the way to what is",
        arguments: [
            ("GET", "/v1/nothing"), ("POST", "/v1/looks/a"), ("DELETE", "/v1/changes/1"), ("GET", "/v1/looks"),
            ("GET", "/v1/looks/a/b"), ("GET", "/v1/looks/"), ("PUT", "/v1/looks/a"), ("GET", "//v1//nothing"),
        ])
    func unknown(_ method: String, _ path: String) async throws {
        let lab = try APILab()
        try await lab.start([Look.handler, Change.handler])
        let (status, body) = try await lab.ask(method, path)
        #expect(status == 404 && body.contains("there is no \(method) ") && body.contains("/openapi.json"), "\(body)")
    }

    private struct Secret: Error {}

    @Test("what an operation fails by is told as what it is", arguments: Fault.Kind.allCases.map(Optional.some) + [nil])
    func failures(_ kind: Fault.Kind?) async throws {
        let lab = try APILab()
        let fault = kind.map { Fault($0, "words", at: "place", fix: "fix") }
        try await lab.start([Handler(Fail.self) { _, _ in if let fault { throw fault } else { throw Secret() } }])
        let (status, body) = try await lab.ask("POST", "/v1/fail", "{}")
        let told = try APICoding.decoded(Fault.self, from: Data(body.utf8))
        #expect(status == told.status && told == fault ?? Fault(.failed, "Secret()"))
    }

    @Test("a body of 1 MiB is taken, one byte more is not, with its length told before or not")
    func sizes() async throws {
        let lab = try APILab()
        try await lab.start([Change.handler])
        let frame = "{\"text\":\"\"}".utf8.count
        for (size, expected) in [(1 << 20, 200), ((1 << 20) + 1, 400), (3 << 20, 400)] {
            let body = "{\"text\":\"\(String(repeating: "x", count: size - frame))\"}"
            let (status, told) = try await lab.ask("POST", "/v1/changes/1", body)
            #expect(
                status == expected && (status == 200 || told.contains("a body of more than 1048576 bytes")), "\(size)")
            let chunk = "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
            let answer = try await lab.raw(
                "POST /v1/changes/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n\(chunk)"
            )
            #expect(answer.hasPrefix("HTTP/1.1 \(expected) "), "\(size): \(answer.prefix(100))")
        }
    }

    @Test(
        "a command that does not come whole, or is no HTTP, is not done, and the server goes on",
        arguments: [
            "POST /v1/changes/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{\"text\": \"a\"}",
            "POST /v1/changes/1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
            "POST /v1/changes/1 HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
            "POST /v1/changes/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
            "POST /v1/changes/1 HTTP/9.9\r\n\r\n", "POST /v1/cha", "\r\n\r\n", "\u{0}\u{16}\u{3}\u{1}", "",
            "POST /v1/changes/1 HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "y", count: 200_000))\r\n\r\n",
        ])
    func broken(_ bytes: String) async throws {
        let lab = try APILab()
        let done = Mutex(0)
        try await lab.start([
            Handler(Change.self) { change, _ in
                done.withLock { $0 += 1 }
                return .init(change: change, actor: "")
            }
        ])
        let answer = try await lab.raw(bytes, endsEarly: true)
        #expect(done.withLock { $0 } == 0 && !answer.hasPrefix("HTTP/1.1 2"), "\(answer.prefix(200))")
        _ = try await lab.client.ask(Change(id: 1), within: .seconds(60))
        #expect(done.withLock { $0 } == 1)
    }

    @Test("operations that hang keep nobody from what needs none, and all are answered in the end") func busy()
        async throws
    {
        let lab = try APILab()
        let gate = DispatchSemaphore(value: 0)
        let waiting = Mutex(0)
        try await lab.start([
            Handler(Change.self) { change, _ in
                waiting.withLock { $0 += 1 }
                Self.block(gate)
                return .init(change: change, actor: "")
            }
        ])
        try await withThrowingTaskGroup(of: Int64.self) { group in
            for id in 0..<48 as Range<Int64> {
                group.addTask { try await lab.client.ask(Change(id: id), within: .seconds(600)).change.id }
            }
            // Threads that may block are as many; the rest waits for one of them.
            try await eventually("as many as there are threads for") { waiting.withLock { $0 } == 32 }
            #expect(try await lab.ask("GET", "/healthz").0 == 200)
            for _ in 0..<48 { gate.signal() }
            var answered: Set<Int64> = []
            for try await id in group { answered.insert(id) }
            #expect(answered.count == 48)
        }
    }

    private static func block(_ gate: DispatchSemaphore) { gate.wait() }

    @Test("metrics that are off are told so; those that are on come as Prometheus wants them") func metrics()
        async throws
    {
        let off = try APILab()
        try await off.start([])
        let (status, body) = try await off.ask("GET", "/metrics")
        #expect(status == 409 && body.contains("metrics are off; add `metrics:`"))
        let on = try APILab()
        try await on.start([], metrics: { Array("linbo_x 1\n".utf8) })
        let answer = try await on.raw("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(answer.contains("text/plain; version=0.0.4") && answer.hasSuffix("\r\n\r\nlinbo_x 1\n"))
    }

    // MARK: The stream

    @Test("events come each as one, in their order; what is empty only shows that the server is there")
    func events() async throws {
        let lab = try APILab()
        let asked = Mutex<[Int64?]>([])
        try await lab.start(
            [],
            stream: { since in
                asked.withLock { $0.append(since) }
                return AsyncStream { frames in
                    for text in ["{\"n\":1}", "", "{\"n\":2}"] { frames.yield(Data(text.utf8)) }
                    frames.finish()
                }
            })
        let seen = Mutex<[String]>([])
        for target in ["/v1/stream?since=-5", "/v1/stream"] {
            try await lab.client.stream(target) { data in
                seen.withLock { $0.append(String(decoding: data, as: UTF8.self)) }
                return true
            }
        }
        #expect(seen.withLock { $0 } == ["{\"n\":1}", "{\"n\":2}", "{\"n\":1}", "{\"n\":2}"])
        #expect(asked.withLock { $0 } == [-5, nil])
        for since in ["x", "", "9223372036854775808", "1.0"] {
            let (status, body) = try await lab.ask("GET", "/v1/stream?since=\(since)")
            #expect(status == 400 && body.contains("since: '\(since)' is no number"), "\(body)")
        }
        #expect(asked.withLock { $0.count } == 2)
    }

    @Test("whose client has left ends, and what can't begin is a fault") func leaves() async throws {
        let lab = try APILab()
        let isOver = Mutex(false)
        try await lab.start(
            [],
            stream: { since in
                guard since == nil else { throw Fault(.unavailable, "the database can't be used") }
                return AsyncStream { frames in
                    let task = Task {
                        while !Task.isCancelled {
                            frames.yield(Data("1".utf8))
                            try? await Task.sleep(for: .milliseconds(2))
                        }
                    }
                    frames.onTermination = { _ in
                        task.cancel()
                        isOver.withLock { $0 = true }
                    }
                }
            })
        try await lab.client.stream("/v1/stream") { _ in false }
        try await eventually("the stream is ended") { isOver.withLock { $0 } }
        await #expect(throws: Fault(.unavailable, "the database can't be used")) {
            try await lab.client.stream("/v1/stream?since=1") { _ in true }
        }
    }
}
