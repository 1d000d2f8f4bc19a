import API
import Foundation
import Glibc
import HookStore
import LinboModel
import OnbootCmd
import Testing

/// The API as scripts use it: curl on its socket.
@Suite struct ControlTests {
    private static func curl(_ school: School, _ path: String, _ options: String...) async throws -> CommandResult {
        try await Command.run(
            "/usr/bin/curl",
            ["-sS", "--unix-socket", school.directory.path + "/api.sock", "-w", "\n%{http_code} %{content_type}"]
                + options
                + ["http://x" + path])
    }

    @Test("questions are answered with JSON, and what is wrong with a problem that names it (RFC 9457)")
    func questions() async throws {
        try await School.open { school async throws in
            let status = try await Self.curl(school, "/v1/status")
            #expect(status.output.contains("\"hosts\":40") && status.output.hasSuffix("200 application/json"))
            #expect(try await Self.curl(school, "/healthz").output.hasPrefix("ok\n"))
            let document = try await Self.curl(school, "/openapi.json").output
            #expect(document.contains("\"openapi\" : \"3.1.0\"") && document.contains("/v1/onboot/{number}/requeue"))
            for (path, code, words) in [
                ("/v1/nothing", 404, "there is no GET /v1/nothing"),
                ("/v1/pcs?tarets=pc01", 400, "did you mean 'targets'?"),
                ("/v1/audit?limit=many", 400, "limit: 'many' is no number"),
                ("/v1/pcs?since=yesterday", 400, "since: 'yesterday' is no span of time; write 30m, 24h or 7d"),
                ("/v1/onboot?all=perhaps", 400, "all: 'perhaps' is neither true nor false"),
                ("/v1/pcs?targets=pc1", 404, "did you mean 'pc01'?"),
                ("/v1/explain?host=pc01", 400, "'path' is missing"),
                ("/v1/pcs/%00%2e%2e/timeline", 404, "no host"), ("/v1/images/..%2f..%2fetc/history", 404, "no image"),
                ("/v1/macct", 409, "plugin macct is off"),
            ] {
                let answer = try await Self.curl(school, path)
                #expect(
                    answer.output.hasSuffix("\(code) application/problem+json") && answer.output.contains(words),
                    "\(path): \(answer)")
            }
            for body in ["[", "[1]", "{\"targets\": 5, \"command\": \"halt\"}", "{\"command\": \"halt\"}"] {
                let answer = try await Self.curl(school, "/v1/onboot", "-d", body)
                #expect(answer.output.hasSuffix("400 application/problem+json"), "\(body): \(answer)")
            }
            let large = try await Self.curl(school, "/v1/onboot", "-d", String(repeating: "x", count: 100_000))
            #expect(large.output.contains("no JSON"), "\(large)")
            #expect(try await school.onboot().isEmpty)
        }
    }

    @Test("what is done leaves who did it in the audit log, with the act or not at all") func actors() async throws {
        try await School.open { school async throws in
            let added = try await Self.curl(
                school, "/v1/onboot", "-d", "{\"targets\": [\"pc01\", \"pc02\"], \"command\": \"sync:1\"}")
            #expect(added.output.hasSuffix("200 application/json"), "\(added)")
            let rows = try await school.acts()
            #expect(rows.map(\.host) == ["pc01", "pc02"])
            #expect(rows.allSatisfy { $0.decision == .other("onboot add") && $0.path.hasPrefix("linbocmd/pc0") })
            #expect(
                rows.first?.reason?.hasPrefix("by root") == true && rows.first?.reason?.hasSuffix(": sync:1") == true)
            // Where no row can be written, nothing is done.
            let script =
                "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1],isolation_level=None)\n"
                + "c.execute(\"CREATE TRIGGER no BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END\")\n"
            let broken = try await Command.run(
                "/usr/bin/env", ["python3", "-c", script, school.directory.path + "/state/linbo-hookd.sqlite"])
            #expect(broken.status == 0, "\(broken)")
            let refused = try await Self.curl(
                school, "/v1/onboot", "-d", "{\"targets\": [\"pc03\"], \"command\": \"sync:1\"}")
            #expect(refused.output.hasSuffix("500 application/problem+json"), "\(refused)")
            #expect(try await school.onboot().map(\.host).sorted() == ["pc01", "pc02"])
        }
    }

    @Test("a stream goes on over a restart without a gap, as each event has its number") func stream() async throws {
        try await School.open(.withUploads()) { school async throws in
            func events(after number: Int64) async throws -> [Event] {
                let result = try await school.linboctl("events", "--once", "--json", "--since", "\(number)")
                return try result.output.split(separator: "\n").map {
                    try JSONDecoder().decode(Event.self, from: Data($0.utf8))
                }
            }
            let log = school.directory.appendingPathComponent("stream.log")
            let stream = try Server(
                "/usr/bin/curl",
                ["-sSN", "--unix-socket", school.directory.path + "/api.sock", "http://x/v1/stream?since=0"], log: log)
            school.servers.add(stream)
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.pushSet("win11.qcow2", as: 1)
            try await eventually("it is told live: \(stream.logged)") {
                stream.logged.contains("data: {\"at\":") && stream.logged.contains("\"kind\":\"image.published\"")
            }
            let first = try #require(try await events(after: 0).last)
            #expect(first.n == 1 && first.subject == "win11.qcow2" && first.data["by"] == "pc01")
            for server in school.servers.all() where server !== stream { server.signal(SIGKILL) }
            try await eventually("the stream ends with the daemon") { stream.hasEnded }
            try await school.startDaemon()
            #expect(try await events(after: 1).isEmpty)
            _ = try await school.linboctl("images", "rollback", "win11")
            let second = try await events(after: 1)
            #expect(second.map(\.kind) == [.imageRolledBack] && second.map(\.n) == [2])
            let strange = try await school.linboctl("events", "--once", "--since", "999")
            #expect(strange.errors.contains("are not kept any more") && strange.output.contains("image.published"))
        }
    }

    @Test("a stream whose client has left takes no place any more") func left() async throws {
        try await School.open { school async throws in
            func connections() async throws -> Int {
                try await Command.run(
                    "/usr/bin/ss", ["-xH", "state", "connected", "src", school.directory.path + "/api.sock"]
                )
                .output.split(separator: "\n").count
            }
            let log = school.directory.appendingPathComponent("stream.log")
            let streams = try (0..<3).map { _ in
                try Server(
                    "/usr/bin/curl",
                    ["-sSN", "--unix-socket", school.directory.path + "/api.sock", "http://x/v1/stream"], log: log)
            }
            for stream in streams { school.servers.add(stream) }
            try await eventually("all are there") { try await connections() == 3 }
            for stream in streams { stream.signal(SIGKILL) }
            try await eventually("all are gone") { try await connections() == 0 }
        }
    }

    @Test(
        "members of linbo-admin may ask; others may not, even if an admin opened the socket's mode",
        .enabled(if: geteuid() == 0 && getgrnam("linbo-admin") != nil, "root, and a group linbo-admin"))
    func members() async throws {
        try await School.open { school async throws in
            let socket = school.directory.path + "/api.sock"
            // Root can connect a moment before it is everybody's who may.
            try await eventually("the socket is the group's") {
                var status = stat()
                return lstat(socket, &status) == 0 && status.st_mode & 0o777 == 0o660
                    && status.st_gid == getgrnam("linbo-admin")?.pointee.gr_gid
            }
            func ask(_ group: String) async throws -> CommandResult {
                try await Command.run(
                    "/usr/bin/setpriv",
                    [
                        "--reuid=65534", "--regid=\(group)", "--clear-groups", "/usr/bin/curl", "-sS", "--unix-socket",
                        socket, "http://x/v1/plugins",
                    ])
            }
            #expect(try await ask("linbo-admin").output.contains("onboot-cmd"))
            #expect(try await ask("nogroup").status != 0)
            chmod(socket, 0o666)
            #expect(try await ask("nogroup").output.contains("run it by sudo, or as a member of linbo-admin"))
        }
    }
}
