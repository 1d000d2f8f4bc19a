import API
import APIClient
import Foundation
import HookTesting
import Synchronization
import Testing

/// What becomes of a question, whatever answers it.
@Suite struct APIClientTests {
    private struct Ask: APIOperation {
        typealias Answer = [String]
        static let route = Route.get("/v1/things/{name}")
        static let summary = "Asks."
        var name = "a b"
        var limit: Int?
    }

    private struct Tell: APIOperation {
        typealias Answer = [String]
        static let route = Route.post("/v1/things")
        static let summary = "Tells."
        var name = "x"
    }

    private static func answer(_ body: String, _ status: String = "200 OK", _ header: String? = nil) -> String {
        "HTTP/1.1 \(status)\r\n\(header ?? "content-length: \(body.utf8.count)")\r\n\r\n\(body)"
    }

    /// - Returns: what was thrown, in words that begin with its type.
    private func fault(_ daemon: FakeDaemon, within limit: Duration = .seconds(60)) async -> String {
        do {
            _ = try await APIClient(socket: daemon.socket).ask(Ask(), within: limit)
            return "none"
        } catch {
            return "\(type(of: error)) \(error)"
        }
    }

    @Test("what is asked is one request, and its answer may come in any pieces", arguments: [1, 7, Int.max])
    func pieces(_ size: Int) async throws {
        let forms = [
            Self.answer(#"["ä","b"]"#), Self.answer(#"["ä","b"]"#, "200 OK", "connection: close"),
            Self.answer("4\r\n[\"ä\r\n6\r\n\",\"b\"]\r\n0\r\n\r\n", "200 OK", "transfer-encoding: chunked"),
            "HTTP/1.1 100 Continue\r\n\r\n" + Self.answer(#"["ä","b"]"#),
        ]
        for form in forms {
            let daemon = try FakeDaemon(saying: form, piece: size)
            #expect(try await APIClient(socket: daemon.socket).ask(Ask(), within: .seconds(60)) == ["ä", "b"])
        }
    }

    @Test("a question is told what it accepts, a command brings its body whole") func request() async throws {
        let heads = Mutex<[String]>([])
        let daemon = try FakeDaemon { connection, head in
            heads.withLock { $0.append(head) }
            FakeDaemon.write(Array(Self.answer("[]").utf8), to: connection)
        }
        let client = APIClient(socket: daemon.socket)
        _ = try await client.ask(Ask(limit: 5), within: .seconds(60))
        _ = try await client.ask(Tell(), within: .seconds(60))
        let (asked, told) = (heads.withLock { $0[0] }, heads.withLock { $0[1] })
        #expect(asked.hasPrefix("GET /v1/things/a%20b?limit=5 HTTP/1.1\r\n") && !asked.contains("ontent-"))
        #expect(told.hasPrefix("POST /v1/things HTTP/1.1\r\n") && told.contains("Content-Length: 12\r\n"))
        #expect(told.contains("Content-Type: application/json\r\n"))
    }

    @Test("a fault comes as it was sent", arguments: Fault.Kind.allCases)
    func faults(_ kind: Fault.Kind) async throws {
        let sent = Fault(kind, "what", at: "limit", fix: "fix")
        let json = String(decoding: try APICoding.encoded(sent), as: UTF8.self)
        let daemon = try FakeDaemon(saying: Self.answer(json, "\(sent.status) X"))
        await #expect(throws: sent) { try await APIClient(socket: daemon.socket).ask(Ask(), within: .seconds(60)) }
    }

    @Test(
        "what is no answer of a daemon's is a fault in words, whatever it is",
        arguments: [
            ("", "the daemon ended before it answered"), ("HTTP/1.1 200 OK\r\ncontent-le", "did not come whole"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n[\"a\"", "the daemon's answer did not come whole"),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n[\"a",
                "the daemon's answer did not come whole"
            ),
            ("SSH-2.0-OpenSSH_9.9\r\n", "the daemon's answer did not come whole"),
            ("\u{0}\u{1}\u{2}\r\n\r\n", "the daemon's answer did not come whole"),
            (answer("<html>", "502 Bad Gateway"), "the daemon answers 502 Bad Gateway: is it of another version?"),
            (answer("{}", "404 Not Found"), "the daemon answers 404 Not Found: is it of another version?"),
            (answer("", "302 Found"), "the daemon answers 302 Found"), (answer("[1]"), "is no String"),
            (answer(""), "no JSON"), (answer("{\"a\": 1}"), "is no "),
        ])
    func noAnswers(_ text: String, _ words: String) async throws {
        let told = await fault(try FakeDaemon(saying: text))
        #expect(told.hasPrefix("Fault ") && told.contains(words), "\(told)")
    }

    @Test("one that never answers is left in time, and so is one whose answer never ends; both may have been told")
    func stuck() async throws {
        let ended = Mutex(0)
        let silent = try FakeDaemon { connection, _ in
            FakeDaemon.waitForEnd(connection)
            ended.withLock { $0 += 1 }
        }
        let endless = try FakeDaemon { connection, _ in
            FakeDaemon.write(Array("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n[".utf8), to: connection)
            while FakeDaemon.write([0x20], to: connection) { usleep(1000) }
            ended.withLock { $0 += 1 }
        }
        for daemon in [silent, endless] {
            let error = await #expect(throws: NoDaemon.self) {
                try await APIClient(socket: daemon.socket).ask(Tell(), within: .milliseconds(100))
            }
            #expect(error?.isAbsent == false)
        }
        try await eventually("the connections are closed") { ended.withLock { $0 } == 2 }
    }

    @Test("where nobody listens nobody was told; a path that is none is told so") func absent() async throws {
        let daemon = try FakeDaemon(saying: "")
        let directory = daemon.directory
        try Data().write(to: URL(filePath: "\(directory)/file"))
        for (path, isAbsent) in [
            ("none.sock", true), ("file", true), ("file/api.sock", true), (String(repeating: "x", count: 200), false),
        ] {
            let error = await #expect(throws: NoDaemon.self) {
                try await APIClient(socket: "\(directory)/\(path)").ask(Ask(), within: .seconds(60))
            }
            #expect(error?.isAbsent == isAbsent && error?.description.contains("systemctl start") == true, "\(path)")
        }
    }

    @Test("whoever waits no longer has its connection closed") func cancelled() async throws {
        let isAsked = Mutex(false)
        let isOver = Mutex(false)
        let daemon = try FakeDaemon { connection, _ in
            isAsked.withLock { $0 = true }
            FakeDaemon.waitForEnd(connection)
            isOver.withLock { $0 = true }
        }
        let task = Task { try await APIClient(socket: daemon.socket).ask(Ask(), within: .seconds(600)) }
        try await eventually("it is asked") { isAsked.withLock { $0 } }
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        try await eventually("it is left") { isOver.withLock { $0 } }
    }

    @Test("a stream is read until its reader has enough, or the daemon ends") func stream() async throws {
        let events = (1...5).map { "data: \($0)\n\n:\n\n" }.joined()
        let daemon = try FakeDaemon(saying: Self.answer(events, "200 OK", "connection: close"), piece: 3)
        let seen = Mutex<[String]>([])
        func read(_ most: Int) async throws -> [String] {
            seen.withLock { $0 = [] }
            try await APIClient(socket: daemon.socket).stream("/v1/stream") { data in
                seen.withLock { $0.append(String(decoding: data, as: UTF8.self)) }
                return seen.withLock { $0.count } < most
            }
            return seen.withLock { $0 }
        }
        #expect(try await read(2) == ["1", "2"])
        #expect(try await read(100) == ["1", "2", "3", "4", "5"])
    }

    @Test("a stream that is refused is a fault, and one that is broken off is none of the reader's events")
    func refusedStream() async throws {
        let fault = Fault(.unavailable, "the database can't be used")
        let json = String(decoding: try APICoding.encoded(fault), as: UTF8.self)
        let refusing = try FakeDaemon(saying: Self.answer(json, "503 X"))
        await #expect(throws: fault) { try await APIClient(socket: refusing.socket).stream("/v1/stream") { _ in true } }
        let broken = try FakeDaemon(saying: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n")
        let count = Mutex(0)
        try await APIClient(socket: broken.socket).stream("/v1/stream") { _ in
            count.withLock { $0 += 1 }
            return true
        }
        #expect(count.withLock { $0 } == 1)
    }
}
