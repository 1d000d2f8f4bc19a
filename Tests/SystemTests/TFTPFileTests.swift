import Foundation
import HookStore
import LinboHookd
import LinboModel
import TFTPTransport
import Testing

/// What happens to files while they are sent, and what limits transfers.
@Suite struct TFTPFileTests {
    /// A transfer that has begun and waits for the test's next acknowledgement.
    private struct Begun {
        let client: RawClient
        let peer: SocketAddress
        let first: RawClient.Packet
    }

    private func begin(_ school: School, _ path: String = "image", as host: Int = 1) async throws -> Begun {
        let client = try school.rawClient(host)
        let (options, peer) = try await client.firstAnswer(to: path, ["blksize": "1024"])
        guard case .options = options else { throw NeverCame(description: "an OACK: \(options)") }
        return Begun(client: client, peer: peer, first: try await client.next(after: 0, from: peer))
    }

    private func open(_ keys: String = "", _ body: (School, [UInt8]) async throws -> Void) async throws {
        try await School.open(.withTFTP(keys)) { school in
            let random = try #require(FileHandle(forReadingAtPath: "/dev/urandom"))
            let bytes = try random.read(upToCount: 300_000).map { Array($0) } ?? []
            try school.write(bytes, to: "srv/image")
            try await body(school, bytes)
        }
    }

    @Test("a file that is replaced by rename arrives as it was; the next client has the new one")
    func replaced() async throws {
        try await open { school, bytes in
            let slow = try await begin(school)
            try school.write("new", to: "srv/image.new")
            try #require(rename(school.tree.path + "/image.new", school.tree.path + "/image") == 0)
            #expect(try await school.fetch("image", as: 2).text == "new")
            #expect(try await slow.client.rest(after: slow.first, from: slow.peer, blockSize: 1024) == bytes)
        }
    }

    @Test("a file that is removed arrives whole; the next client is told that it is not there")
    func removed() async throws {
        try await open { school, bytes in
            let slow = try await begin(school)
            try FileManager.default.removeItem(atPath: school.tree.path + "/image")
            #expect(try await school.fetch("image", as: 2).bytes == nil)
            #expect(try await slow.client.rest(after: slow.first, from: slow.peer, blockSize: 1024) == bytes)
        }
    }

    @Test(
        "a file that is cut off or written to in place: an error before the last block, and the daemon serves on",
        arguments: [0, 1, 700, 4096, 100_001, 299_999, 300_000])
    func changedInPlace(size: Int) async throws {
        try await open { school, _ in
            let slow = try await begin(school)
            let path = school.tree.path + "/image"
            if size == 300_000 {
                let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
                try handle.write(contentsOf: Data("written to in place".utf8))
                try handle.close()
            } else {
                try #require(truncate(path, off_t(size)) == 0)
            }
            let error = await #expect(throws: RawClient.TransferError.self) {
                try await slow.client.rest(after: slow.first, from: slow.peer, blockSize: 1024)
            }
            #expect(error?.code == 0 && error?.text.contains("file") == true, "\(String(describing: error))")
            #expect(try await school.rawClient(2).fetch("image", ["tsize": "0"]).count == size)
            #expect(try await school.fetch("start.conf.win11", as: 1).bytes != nil)
            try await school.auditEntry(of: "image", "failed") {
                $0.outcome.rawValue.hasPrefix("failed") && $0.host == "pc01"
            }
        }
    }

    @Test("a real client that is killed in the middle is given up, and the daemon serves on")
    func killedClient() async throws {
        try await open { school, bytes in
            try school.write(Array(repeatElement(bytes, count: 400).joined()), to: "srv/large")
            let target = school.directory.path + "/large"
            let client = try Server(
                TFTPClient.atftp.program,
                TFTPClient.atftp.arguments("large", from: school.tftp, into: target, .init(timeout: 1)),
                log: school.directory.appendingPathComponent("atftp.log"))
            try await eventually("some of it has come") {
                ((try? FileManager.default.attributesOfItem(atPath: target)[.size] as? Int) ?? 0) > 0
            }
            client.signal(SIGKILL)
            try await eventually("it is dead") { client.hasEnded }
            let isWhole = try await school.fetch("image", as: 1).bytes == bytes
            #expect(isWhole)
            try await school.auditEntry(of: "large", "failed") {
                $0.outcome.rawValue.hasPrefix("failed: silent ")
            }
        }
    }

    @Test("more transfers of one client than its limit: an error, until one has ended")
    func limitOfOneClient() async throws {
        try await open("transfers-per-client: 2") { school, bytes in
            let first = try await begin(school)
            _ = try await begin(school)
            let third = try school.rawClient(1)
            third.ask("image")
            #expect(try await third.receive().packet == .error(code: 0, "too many transfers of this client"))
            _ = try await begin(school, as: 2)
            #expect(try await first.client.rest(after: first.first, from: first.peer, blockSize: 1024) == bytes)
            let isWhole = try await school.fetch("image", as: 1).bytes == bytes
            #expect(isWhole)
        }
    }

    @Test("more transfers than the limit of all: no answer, until one has ended; then the repeated request counts")
    func limitOfAll() async throws {
        try await open("max-transfers: 2") { school, bytes in
            let first = try await begin(school, as: 1)
            _ = try await begin(school, as: 2)
            let third = try school.rawClient(3)
            third.ask("image")
            let fourth = try school.rawClient(4)
            fourth.ask("start.conf.win11")
            #expect(try await first.client.rest(after: first.first, from: first.peer, blockSize: 1024) == bytes)
            #expect(third.received() == nil && fourth.received() == nil)
            let (packet, peer) = try await third.firstAnswer(to: "image")
            #expect(try await third.rest(after: packet, from: peer) == bytes)
        }
    }

    @Test("more requests a second than the limit: those are not answered, and later ones are")
    func requestRate() async throws {
        try await open("requests-per-second: 3") { school, _ in
            // In a PC's name anybody can ask: only a stranger's count before they are answered.
            let client = try school.rawClient(199)
            for _ in 0..<20 { client.ask("none") }
            // Another address is not held up by it.
            #expect(try await school.fetch("start.conf.win11", as: 2).bytes != nil)
            var answers = 0
            while client.received() != nil { answers += 1 }
            #expect((1...6).contains(answers), "\(answers)")
            #expect(try await client.firstAnswer(to: "none").packet.errorCode == 1)
            // A PC's as soon as they are.
            for number in 0..<3 {
                #expect(try await school.rawClient(3).fetch("start.conf.win11").isEmpty == false, "\(number)")
            }
            let fast = try school.rawClient(3)
            fast.ask("start.conf.win11")
            let (packet, peer) = try await fast.firstAnswer(to: "start.conf.win11")
            #expect(try await fast.rest(after: packet, from: peer).isEmpty == false)
        }
    }

    @Test("a client that closes a file that it looked at, as GRUB does, has not failed; one that gives up has")
    func closed() async throws {
        try await open { school, _ in
            for (host, code, text) in [(1, UInt8(0), "closed"), (2, 3, "disk full")] {
                let begun = try await begin(school, as: host)
                begun.client.fail(code, text, to: begun.peer)
                try await school.auditEntry(of: "image", text) {
                    $0.outcome == .failed(.client(code: Int(code), text: text))
                }
            }
            let listed = try await school.linboctl("tftp", "--json")
            let report = try JSONDecoder().decode(TFTPReport.self, from: Data(listed.output.utf8))
            #expect(report.clients.map { "\($0.address) \($0.failed)" }.sorted() == ["127.0.0.2 0", "127.0.0.3 1"])
        }
    }
}
