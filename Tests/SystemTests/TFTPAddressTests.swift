import Foundation
import Testing

/// Addresses and ports: which are listened on, and from which answers leave.
@Suite struct TFTPAddressTests {
    private static let file = "start.conf.win11"

    /// All packets of a whole transfer come from one address; which, and what arrived.
    private func fetch(_ name: String, by client: RawClient) async throws -> (bytes: [UInt8], peer: SocketAddress) {
        client.ask(name, ["blksize": "8", "tsize": "0"])
        var (packet, peer) = try await client.receive()
        guard case .options = packet else { throw NeverCame(description: "an OACK: \(packet)") }
        client.acknowledge(0, to: peer)
        let first = peer
        var content: [[UInt8]] = []
        while true {
            (packet, peer) = try await client.receive()
            #expect(peer == first)
            // What the server waited too long for comes again.
            if case .options = packet { continue }
            guard case .data(let block, let bytes) = packet else { throw NeverCame(description: "DATA: \(packet)") }
            if Int(block) == content.count + 1 { content.append(bytes) }
            client.acknowledge(block, to: peer)
            if bytes.count < 8 { return (content.flatMap { $0 }, peer) }
        }
    }

    @Test("answers leave from the address that was asked, errors too", arguments: ["", "single-port: true"])
    func asked(keys: String) async throws {
        try await School.open(.withTFTP(keys, listen: ["0.0.0.0:{tftp}"])) { school in
            let expected = Array(try school.read("srv/\(Self.file)").utf8)
            for address in ["127.0.0.1", "127.0.0.5", "127.0.7.7"] {
                let server = SocketAddress(address, school.tftpPort)
                let client = try school.rawClient(1, asking: server)
                let (bytes, peer) = try await fetch(Self.file, by: client)
                #expect(bytes == expected)
                #expect(peer.host == address)
                #expect((peer.port == school.tftpPort) == !keys.isEmpty)
                for name in ["none", "../x", "images"] {
                    let client = try school.rawClient(1, asking: server)
                    client.ask(name)
                    let (packet, peer) = try await client.receive()
                    #expect(packet.errorCode != nil && peer.host == address, "\(name): \(packet) from \(peer)")
                }
            }
        }
    }

    @Test("IPv6: curl, tftp-hpa and a client that counts ports", arguments: ["", "single-port: true"])
    func version6(keys: String) async throws {
        try await School.open(.withTFTP(keys, listen: ["[::1]:{tftp}"])) { school in
            let expected = Array(try school.read("srv/\(Self.file)").utf8)
            let server = SocketAddress("::1", school.tftpPort)
            let client = try RawClient("::1", asking: server)
            let (bytes, peer) = try await fetch(Self.file, by: client)
            #expect(bytes == expected && peer.host == "::1")
            #expect((peer.port == school.tftpPort) == !keys.isEmpty)
            let target = school.directory.path + "/got"
            for words in [
                [
                    "/usr/bin/curl", "--silent", "--show-error", "--globoff", "-o", target,
                    "tftp://\(server)/\(Self.file)",
                ],
                ["/usr/bin/tftp", "-6", "::1", "\(server.port)", "-m", "binary", "-c", "get", Self.file, target],
            ] {
                let result = try await Command.run(words[0], Array(words.dropFirst()))
                #expect(Array(try Data(contentsOf: URL(fileURLWithPath: target))) == expected, "\(result)")
                try FileManager.default.removeItem(atPath: target)
            }
        }
    }

    @Test("several addresses of both kinds, each asked at once; others are not listened on")
    func several() async throws {
        let listen = ["127.0.0.1:{tftp}", "127.0.0.6:{tftp}", "[::1]:{tftp}"]
        try await School.open(.withTFTP("threads: 2", listen: listen)) { school in
            let expected = Array(try school.read("srv/\(Self.file)").utf8)
            try await together(30, at: 30) { number in
                let host = ["127.0.0.1", "127.0.0.6", "::1"][number % 3]
                let server = SocketAddress(host, school.tftpPort)
                let client = try RawClient(host == "::1" ? "::1" : "127.0.0.2", asking: server)
                let (bytes, peer) = try await fetch(Self.file, by: client)
                #expect(bytes == expected && peer.host == host)
            }
            #expect(throws: POSIXError.self) { try RawClient.bound(SocketAddress("127.0.0.6", school.tftpPort)) }
            close(try RawClient.bound(SocketAddress("127.0.0.7", school.tftpPort)))
        }
    }

    @Test("transfers leave from the configured ports, for IPv4 and IPv6")
    func portRange() async throws {
        let first = try FreePort.next()
        let last = first + 3
        try await School.open(.withTFTP("ports: \(first)-\(last)", listen: ["127.0.0.1:{tftp}", "[::1]:{tftp}"])) {
            school in
            let expected = Array(try school.read("srv/\(Self.file)").utf8)
            try await together(40, at: 40) { number in
                let host = number % 2 == 0 ? "127.0.0.1" : "::1"
                let client = try RawClient(host, asking: SocketAddress(host, school.tftpPort))
                let (bytes, peer) = try await fetch(Self.file, by: client)
                #expect(bytes == expected)
                #expect((first...last).contains(peer.port), "\(peer)")
            }
        }
    }

    @Test("a range of ports that others have: `serve` ends, as a firewall would drop all other ports")
    func portRangeInUse() async throws {
        let port = try FreePort.next()
        var options = School.Options.withTFTP("ports: \(port)-\(port)")
        options.startsDaemon = false
        try await School.open(options) { school in
            let taken = try RawClient.bound(SocketAddress("127.0.0.1", port))
            let result = try await Command.run(Programs.hookd, ["serve", "--config", school.config.path])
            #expect(result.status == 1 && result.errors.contains("ports \(port)-\(port)"), "\(result)")
            close(taken)
            try await school.startDaemon()
            #expect(try await school.fetch(Self.file, as: 1).bytes != nil)
        }
    }

    @Test("a port that another server has: `serve` ends, and names the fix")
    func portInUse() async throws {
        var options = School.Options.withTFTP()
        options.startsDaemon = false
        try await School.open(options) { school in
            let taken = try RawClient.bound(school.tftp)
            let result = try await Command.run(Programs.hookd, ["serve", "--config", school.config.path])
            #expect(result.status == 1)
            #expect(result.errors.contains("tftp.listen: ") && result.errors.contains("\(school.tftp)"), "\(result)")
            #expect(result.errors.contains("`ss -ulpn` names it"), "\(result)")
            close(taken)
            try await school.startDaemon()
            #expect(try await school.fetch(Self.file, as: 1).bytes != nil)
        }
    }

    @Test("an address that this machine has not: the same")
    func addressNotHere() async throws {
        var options = School.Options.withTFTP(listen: ["192.0.2.1:{tftp}"])
        options.startsDaemon = false
        try await School.open(options) { school in
            let result = try await Command.run(Programs.hookd, ["serve", "--config", school.config.path])
            #expect(result.status == 1)
            #expect(result.errors.contains("no network card of this machine has this address"), "\(result)")
        }
    }

    @Test(
        "sockets that systemd has bound are served, whatever tftp.listen says", arguments: ["[]", "[\"127.0.0.9:1\"]"])
    func activated(listen: String) async throws {
        var options = School.Options()
        options.tftp = "  listen: \(listen)"
        options.startsDaemon = false
        try await School.open(options) { school in
            let places = ["127.0.0.1:\(school.tftpPort)", "[::1]:\(school.tftpPort)"]
            try await school.startActivatedDaemon(places)
            let fetched = try await school.fetch("images/win11/win11.reg", as: 1)
            #expect(fetched.text?.contains(School.key(1)) == true, "\(fetched)")
            let client = try RawClient("::1", asking: SocketAddress("::1", school.tftpPort))
            #expect(try await fetch(Self.file, by: client).bytes == Array(try school.read("srv/\(Self.file)").utf8))
        }
    }
}
