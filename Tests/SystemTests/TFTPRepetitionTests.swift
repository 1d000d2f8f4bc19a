import Foundation
import HookStore
import LinboModel
import Testing

/// A client that repeated its request just before the answer came: the server reads the acknowledgement first, as it
/// waits at another port.
@Suite struct TFTPRepetitionTests {
    @Test("after the first acknowledgement it is the same request, and the transfer goes on")
    func running() async throws {
        try await open { school, daemon, bytes in
            let client = try school.rawClient(1)
            client.ask("file", ["tsize": "0"])
            let (options, peer) = try await client.receive()
            #expect(options == .options(["tsize": "\(bytes.count)"]))
            try await daemon.paused {
                // Brings the transfer's port to the front of what waits.
                client.acknowledge(7, to: peer)
                client.ask("file", ["tsize": "0"])
                client.acknowledge(0, to: peer)
            }
            let (first, _) = try await client.receive()
            #expect(try await client.rest(after: first, from: peer) == bytes)
            try await expectOneTransfer(school, client)
        }
    }

    @Test("after the last acknowledgement it brings no second transfer, whose packets another client might get")
    func ended() async throws {
        try await open { school, daemon, bytes in
            let client = try school.rawClient(1)
            client.ask("small")
            let (packet, peer) = try await client.receive()
            #expect(packet == .data(block: 1, Array("small".utf8)))
            try await daemon.paused {
                client.acknowledge(7, to: peer)
                client.ask("small")
                client.acknowledge(1, to: peer)
            }
            try await expectOneTransfer(school, client)
        }
    }

    @Test("a request from the same port for another file, or once more later, is a new one") func anew() async throws {
        try await open { school, _, bytes in
            let client = try school.rawClient(1)
            #expect(try await client.fetch("small") == Array("small".utf8))
            #expect(try await client.fetch("file") == bytes)
            #expect(try await client.fetch("file") == bytes)
            client.ask("file")
            let (first, peer) = try await client.receive()
            guard case .data(1, _) = first else { throw NeverCame(description: "block 1: \(first)") }
            client.acknowledge(1, to: peer)
            _ = try await client.receive()
            // It started anew.
            #expect(try await client.fetch("file") == bytes)
        }
    }

    private func open(_ body: (School, Server, [UInt8]) async throws -> Void) async throws {
        var options = School.Options.withTFTP()
        options.startsDaemon = false
        try await School.open(options) { school in
            let bytes = (0..<2000).map { UInt8(truncatingIfNeeded: $0 * 7) }
            try school.write(bytes, to: "srv/file")
            try school.write("small", to: "srv/small")
            try await body(school, try await school.startDaemon(), bytes)
        }
    }

    /// A later request of another client waits behind the repeated one.
    private func expectOneTransfer(_ school: School, _ client: RawClient) async throws {
        #expect(try await school.rawClient(2).fetch("small") == Array("small".utf8))
        try await eventually("both transfers are in the audit log") { try await school.tftpAudit().count >= 2 }
        let own = try await school.tftpAudit().filter { $0.host == "pc01" }
        #expect(own.map(\.outcome.rawValue) == ["delivered"], "\(own)")
        #expect(client.received() == nil)
    }
}

extension Server {
    /// What the body sends waits together when the process goes on.
    fileprivate func paused(_ body: () throws -> Void) async throws {
        signal(SIGSTOP)
        defer { signal(SIGCONT) }
        try await eventually("it is stopped") {
            try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8).contains(") T ")
        }
        try body()
    }
}
