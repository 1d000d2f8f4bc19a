import Foundation
import Testing

/// N10: who knows the password for uploads can enter a host in devices.csv, and gets nothing by it.
@Suite struct NewcomerRightsTests {
    private static let address = "127.0.0.220"
    private static let mac = "52:54:00:99:00:01"

    /// pc99 registers itself with DHCP, and its card is behind 127.0.0.220.
    private static func open(_ body: (School) async throws -> Void) async throws {
        var options = School.Options.withUploads(
            plugins: "  - windows-key:\n      keys: pool\n      pool: {directory}/keys.csv")
        options.hosts = 1
        options.extra += "identity:\n  neighbours: {directory}/arp\n  leases: []\n"
        options.startsDaemon = false
        try await School.open(options) { school async throws in
            try school.setHosts([School.row(1, windowsKey: "")])
            try school.write("windows;\(School.key1);50;\n", to: "keys.csv", mode: 0o600)
            try school.write(
                "IP address HW type Flags HW address Mask Device\n\(address) 0x1 0x2 \(mac) * eth0\n", to: "arp")
            try await school.startDaemon()
            try school.write("r109;pc99;win11;\(mac);DHCP;;;;classroom-studentcomputer;;1\n", to: "outbox/pc99.new")
            let result = try await school.push("pc99.new", to: "pc99.new", as: 219, options: ["-HaP"])
            try #require(result.status == 0, "\(result)")
            try await eventually("it is registered") {
                try school.read("schools/default-school/devices.csv").contains("pc99")
            }
            try await body(school)
        }
    }

    /// Whether a client gets a key of the pool.
    private static func getsKey(_ school: School, _ host: Int) async throws -> Bool {
        try? FileManager.default.removeItem(at: school.inbox("127.0.0.\(host + 1)"))
        _ = try await school.pull("images/win11/win11.reg", as: host, options: Flags.download)
        return (try? school.received("win11.reg", by: host).contains(School.key1)) ?? false
    }

    @Test("N10: a registered host gets no key of the pool until an import of devices; others do")
    func imported() async throws {
        try await Self.open { school async throws in
            #expect(try await !Self.getsKey(school, 219))
            #expect(try await Self.getsKey(school, 1))
            try await eventually("the audit log tells why") {
                try await school.audit().contains { "\($0)".contains("not imported yet") }
            }
            let check = try await school.linboctl("check")
            #expect(check.status == 0 && check.output.contains("1 hosts registered themselves"), "\(check)")
            let status = try await school.linboctl("status", "--json")
            #expect(status.output.contains("\"newcomers\" : 1"), "\(status)")
            try school.link("srv/boot/grub/hostcfg/pc99.cfg", to: "../win11.cfg")
            #expect(try await Self.getsKey(school, 219))
        }
    }

    @Test("N10: hosts admit serves where nothing is imported") func admitted() async throws {
        try await Self.open { school async throws in
            let listed = try await school.linboctl("hosts", "list")
            #expect(
                listed.status == 0 && listed.output.contains("pc99") && listed.output.contains(Self.mac), "\(listed)")
            let wrong = try await school.linboctl("hosts", "admit", "pc01")
            #expect(wrong.status == 1 && wrong.errors.contains("does not wait"), "\(wrong)")
            #expect(try await !Self.getsKey(school, 219))
            let admitted = try await school.linboctl("hosts", "admit", "all")
            #expect(admitted.status == 0 && admitted.output.contains("pc99: admitted"), "\(admitted)")
            #expect(try await Self.getsKey(school, 219))
            let left = try await school.linboctl("hosts", "list")
            #expect(left.output.contains("no registered host waits"), "\(left)")
        }
    }

    @Test("N10: a daemon that was started again knows who waits") func restarted() async throws {
        try await Self.open { school async throws in
            _ = try await school.startSecondHand()
            #expect(try await !Self.getsKey(school, 219))
            for server in school.servers.all() { try await server.stop() }
            // By `once`.
            #expect(try await !Self.getsKey(school, 219))
        }
    }
}
