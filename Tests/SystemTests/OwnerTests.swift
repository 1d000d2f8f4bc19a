import Foundation
import HookStore
import LinboModel
import OnbootCmd
import Testing

/// Secrets, and what is given once, go to the machine that devices.csv names, not to whoever has taken its address.
@Suite struct OwnerTests {
    private static let identity = "identity:\n  neighbours: {directory}/arp\n  verify-mac: true\n"

    /// The kernel's neighbour table.
    private func see(_ macs: [Int: String], _ school: School) throws {
        let head = "IP address       HW type     Flags       HW address            Mask     Device\n"
        let rows = macs.map { "127.0.0.\($0.key + 1)        0x1         0x2         \($0.value)     *        eth0\n" }
        try school.write(head + rows.joined(), to: "arp")
    }

    private let own = "52:54:00:00:00:01"
    private let other = "52:54:00:99:99:99"

    @Test("N5: who has taken a PC's address gets neither its password nor its keys, and the audit log tells it")
    func anotherMachine() async throws {
        var options = School.Options.withTFTP()
        options.extra = Self.identity
        try await School.open(options) { school in
            try see([1: other], school)
            #expect(try await school.linboctl("onboot", "add", "pc01", "upload_image:1").status == 0)
            try await expectRefusals(school)
            #expect(try await school.onboot().map(\.state) == [.queued])
            // The real one, at the same address.
            try see([1: own], school)
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1, into: "real").status == 0)
            #expect(try school.received("pc01.cmd", by: 1, into: "real").contains(School.secret))
            #expect(try await school.pull("images/win11/win11.reg", as: 1, into: "real").status == 0)
            #expect(try school.received("win11.reg", by: 1, into: "real").contains(School.key(1)))
        }
    }

    private func expectRefusals(_ school: School) async throws {
        for (path, inbox) in [("linbocmd/pc01.cmd", "a"), ("linbocmd/127.0.0.2.cmd", "b"), ("winact/0.winkey", "c")] {
            let result = try await school.pull(path, as: 1, into: inbox)
            #expect(result.status == 23, "\(path): \(result)")
            #expect(try await school.fetch(path, as: 1).bytes == nil, "\(path)")
        }
        let listing = try await school.list("linbocmd/", as: 1)
        #expect(!listing.output.contains("pc01.cmd"))
        #expect(try await school.pull("images/win11/win11.reg", as: 1, into: "d").status == 0)
        #expect(try await !school.fetch("images/win11/win11.reg", as: 1).description.contains(School.key(1)))
        for secret in [School.key(1), School.secret] {
            for inbox in ["a", "b", "c", "d"] {
                #expect(try school.received(holding: secret, by: 1, into: inbox).isEmpty)
            }
        }
        for path in ["linbocmd/pc01.cmd", "winact/0.winkey", "images/win11/win11.reg"] {
            for transport in ["rsync", "tftp"] {
                try await eventually("\(path) over \(transport) stands in the audit log as refused, with both MACs") {
                    try await school.audit().contains { entry in
                        entry.path == path && entry.transport == transport && entry.decision == .refused
                            && entry.host == "pc01" && entry.reason?.contains(other) == true
                            && entry.reason?.contains(own) == true
                    }
                }
            }
        }
    }

    @Test("N5: a PC that the kernel knows no MAC of gets its files without its keys")
    func withoutAnEntry() async throws {
        var options = School.Options()
        options.extra = Self.identity
        try await School.open(options) { school in
            try see([:], school)
            #expect(try await school.pull("images/win11/win11.reg", as: 1).status == 0)
            #expect(try school.received(holding: School.key(1), by: 1).isEmpty)
            let plain = try await school.pull("start.conf.win11", as: 1)
            #expect(plain.status == 0)
        }
    }

    @Test("a key that came by a link of the tree stands in the audit log and in explain as what it is")
    func keyBehindLink() async throws {
        try await School.open(.withTFTP()) { school in
            try school.link("srv/x.reg", to: "images/win11/win11.reg")
            #expect(try await school.pull("x.reg", as: 1, options: ["-L"]).status == 0)
            #expect(try school.received("x.reg", by: 1).contains(School.key(1)))
            #expect(try await school.fetch("x.reg", as: 1).text?.contains(School.key(1)) == true)
            for transport in ["rsync", "tftp"] {
                try await eventually("the audit log has it over \(transport)") {
                    try await school.audit().contains {
                        $0.transport == transport && $0.plugin == "windows-key" && $0.decision == .transformed
                            && $0.path.hasSuffix(".reg")
                    }
                }
            }
            let explained = try await school.linboctl("explain", "pc01", "x.reg")
            #expect(explained.output.contains("windows-key: transformed"), "\(explained)")
        }
    }
}
