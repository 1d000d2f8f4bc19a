import Foundation
import HookStore
import LinboModel
import OnbootCmd
import Testing

/// Boot commands over TFTP: consumed when the last block was acknowledged, not before, and by one transfer alone.
@Suite struct TFTPOnbootTests {
    private static let path = "linbocmd/pc01.cmd"

    private func open(_ body: (School) async throws -> Void) async throws {
        try await School.open(.withTFTP()) { school in
            #expect(try await school.linboctl("onboot", "add", "pc01", "sync:1,start:1").status == 0)
            try await body(school)
        }
    }

    private func isNow(_ state: OnbootEntry.State, in school: School) async throws {
        try await eventually("the command is \(state)") { try await school.onboot().map(\.state) == [state] }
    }

    @Test("consumed by the acknowledgement of the last block")
    func consumed() async throws {
        try await open { school in
            let client = try school.rawClient(1)
            client.ask(Self.path, ["blksize": "8", "tsize": "0"])
            let (first, peer) = try await client.receive()
            var packet = first
            #expect(packet == .options(["blksize": "8", "tsize": "15"]))
            // N11: whoever asks may not be there. Nothing is taken before it has answered.
            #expect(try await school.onboot().map(\.state) == [.queued])
            for block: UInt16 in [0, 1] { packet = try await client.next(after: block, from: peer) }
            #expect(packet == .data(block: 2, Array("tart:1\n".utf8)))
            // All was sent, and it is still this transfer's: nobody else gets it, and it is not consumed.
            #expect(try await school.onboot().map(\.state) == [.delivering])
            client.acknowledge(2, to: peer)
            try await isNow(.delivered, in: school)
            let again = try await school.fetch(Self.path, as: 1)
            #expect(again.bytes == nil, "\(again)")
        }
    }

    @Test("N11: a request without options proves nothing: it gets an error that says so, and takes nothing")
    func withoutOptions() async throws {
        try await open { school in
            let client = try school.rawClient(1)
            client.ask(Self.path)
            guard case .error(2, let text) = try await client.receive().packet else {
                Issue.record("no error 2")
                return
            }
            #expect(text.contains("tsize"))
            try await isNow(.queued, in: school)
        }
    }

    @Test("N11: datagrams to guessed ports take no command, and leave it to the PC")
    func blind() async throws {
        try await open { school in
            let ports = try await school.transferPorts(as: 2)
            #expect(ports.count > 8)
            do {
                let forged = try school.rawClient(1)
                forged.ask(Self.path, ["tsize": "0"])
                let (packet, peer) = try await forged.receive()
                #expect(packet == .options(["tsize": "15"]))
                // Its port is none that others are answered from.
                #expect(!ports.contains(peer.port))
                for port in ports {
                    for block: UInt16 in [0, 1] { forged.acknowledge(block, to: SocketAddress(peer.host, port)) }
                }
                // Who guesses is noticed; nothing is given once in this PC's name for a while, and nothing is lost.
                for block: UInt16 in [0, 1] { forged.acknowledge(block, to: peer) }
                let again = try school.rawClient(1)
                again.ask(Self.path, ["tsize": "0"])
                #expect(try await again.receive().packet.errorCode == 2)
            }
            try await isNow(.queued, in: school)
            #expect(try await school.tftpAudit().allSatisfy { $0.outcome.rawValue != "delivered" })
            // Another PC, and the same one over rsync, have theirs.
            #expect(try await school.linboctl("onboot", "add", "pc02", "sync:1").status == 0)
            #expect(try await school.fetch("linbocmd/pc02.cmd", as: 2).text == "sync:1\n")
            #expect(try await school.pull(Self.path, as: 1).status == 0)
        }
    }

    @Test("other hosts and strangers get nothing, and take nothing away")
    func othersGetNothing() async throws {
        try await open { school in
            for host in [2, 199] { #expect(try await school.fetch(Self.path, as: host).bytes == nil) }
            let its = try await school.fetch("linbocmd/127.0.0.2.cmd", as: 1)
            #expect(its.text == "sync:1,start:1\n", "\(its)")
            try await isNow(.delivered, in: school)
        }
    }

    @Test("a dropped file goes with its delivery", arguments: TFTPClient.allCases)
    func dropped(client: TFTPClient) async throws {
        try await School.open(.withTFTP()) { school in
            // These clients have no address but 127.0.0.1.
            try school.setHosts(["r101;pc01;win11;52:54:00:00:00:01;127.0.0.1;;;;;;1;;;;"])
            try school.write("sync:1\n", to: "srv/linbocmd/pc01.cmd", mode: 0o660)
            try await eventually("the new devices.csv counts") {
                try await school.linboctl("explain", "pc01", Self.path).output.contains("127.0.0.1")
            }
            // Without an option nothing is given once, and this one knows none.
            guard client != .tftpHPA else { return }
            let got = try await school.fetch(Self.path, by: client, .init(blockSize: 1024), into: "cmd")
            #expect(got.bytes == Array("sync:1\n".utf8), "\(got.result)")
            try await eventually("the delivered file is gone") { !school.exists("srv/linbocmd/pc01.cmd") }
        }
    }

    @Test("a client that ends it with an error after the OACK has taken nothing: EDK2 asks for the size so")
    func sizeOnly() async throws {
        try await open { school in
            for code: UInt8 in [0, 8] {
                let client = try school.rawClient(1)
                client.ask(Self.path, ["tsize": "0", "blksize": "1468"])
                let (packet, peer) = try await client.receive()
                #expect(packet == .options(["tsize": "15", "blksize": "1468"]))
                client.fail(code, "User aborted", to: peer)
                try await isNow(.queued, in: school)
            }
            #expect(try await school.fetch(Self.path, as: 1).text == "sync:1,start:1\n")
            try await isNow(.delivered, in: school)
        }
    }

    @Test("a client that ends it with an error after the data can have it again")
    func abortedAfterData() async throws {
        try await open { school in
            let client = try school.rawClient(1)
            client.ask(Self.path, ["tsize": "0"])
            let (_, peer) = try await client.receive()
            #expect(try await client.next(after: 0, from: peer) == .data(block: 1, Array("sync:1,start:1\n".utf8)))
            client.fail(3, "disk full", to: peer)
            try await isNow(.queued, in: school)
            #expect(try await school.fetch(Self.path, as: 1).text == "sync:1,start:1\n")
        }
    }

    @Test("a client that vanishes in the middle has not got it; one that vanishes at the end may have")
    func vanished() async throws {
        try await open { school in
            for (blocks, state) in [(1, OnbootEntry.State.queued), (2, .uncertain)] {
                let client = try school.rawClient(1)
                client.ask(Self.path, ["blksize": "8", "timeout": "1"])
                let (packet, peer) = try await client.receive()
                #expect(packet == .options(["blksize": "8", "timeout": "1"]))
                for block in 0..<blocks { _ = try await client.next(after: UInt16(block), from: peer) }
                try await isNow(state, in: school)
            }
            #expect(try await school.fetch(Self.path, as: 1).bytes == nil)
            #expect(try await school.linboctl("onboot", "requeue", "1").status == 0)
            #expect(try await school.fetch(Self.path, as: 1).text == "sync:1,start:1\n")
        }
    }

    private static func command(of host: Int) -> String { host == 1 ? "sync:1" : "start:1" }

    @Test("two hosts at once have their own, over and over")
    func twoHosts() async throws {
        try await School.open(.withTFTP()) { school in
            for round in 0..<10 {
                for host in 1...2 {
                    #expect(
                        try await school.linboctl("onboot", "add", "pc0\(host)", Self.command(of: host)).status == 0)
                }
                try await together(2) { number in
                    let host = number + 1
                    let fetched = try await school.fetch("linbocmd/pc0\(host).cmd", as: host)
                    #expect(fetched.text == "\(Self.command(of: host))\n", "round \(round): \(fetched)")
                }
            }
            try await eventually("all are delivered") {
                let states = try await school.onboot().map(\.state)
                return states.count == 20 && states.allSatisfy { $0 == .delivered }
            }
        }
    }

    @Test("one host over rsync and TFTP at once: one of the two gets it, over and over")
    func bothTransports() async throws {
        try await School.open(.withTFTP()) { school in
            for round in 0..<12 {
                #expect(try await school.linboctl("onboot", "add", "pc01", "sync:1").status == 0)
                async let pulled = school.pull(Self.path, as: 1, into: "\(round)")
                async let fetched = school.fetch(Self.path, as: 1)
                async let again = school.fetch("linbocmd/127.0.0.2.cmd", as: 1)
                let texts = try await [fetched.text, again.text]
                let isPulled = try await pulled.status == 0
                let count = (isPulled ? 1 : 0) + texts.filter { $0 == "sync:1\n" }.count
                #expect(count == 1, "round \(round): \(isPulled) \(texts)")
            }
            try await eventually("all are delivered") {
                try await school.onboot().allSatisfy { $0.state == .delivered }
            }
        }
    }

    @Test("daemon killed between the last DATA and its acknowledgement: uncertain, and not sent again")
    func daemonKilled() async throws {
        try await open { school in
            let daemon = try await school.startSecondHand()
            let client = try school.rawClient(1)
            client.ask(Self.path, ["tsize": "0"])
            let (_, peer) = try await client.receive()
            #expect(try await client.next(after: 0, from: peer) == .data(block: 1, Array("sync:1,start:1\n".utf8)))
            daemon.signal(SIGKILL)
            try await eventually("the daemon is dead") { daemon.hasEnded }
            try await school.startDaemon()
            client.acknowledge(1, to: peer)
            #expect(try await school.fetch(Self.path, as: 1).bytes == nil)
            try await isNow(.uncertain, in: school)
        }
    }

    @Test("daemon ended between the last DATA and its acknowledgement: the same")
    func daemonEnded() async throws {
        try await open { school in
            let daemon = try await school.startSecondHand()
            let client = try school.rawClient(1)
            client.ask(Self.path, ["tsize": "0"])
            let (_, peer) = try await client.receive()
            #expect(try await client.next(after: 0, from: peer) == .data(block: 1, Array("sync:1,start:1\n".utf8)))
            try await daemon.stop()
            try await school.startDaemon()
            #expect(try await school.fetch(Self.path, as: 1).bytes == nil)
            try await isNow(.uncertain, in: school)
        }
    }
}
