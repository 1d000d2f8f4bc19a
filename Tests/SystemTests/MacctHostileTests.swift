import Foundation
import HookStore
import Macct
import Testing

extension MacctTests {
    /// Who must not trigger anything, and what is never sent.
    @Test func onlyAHostForItselfAndItsOwnImage() async throws {
        let domain = try Domain.shared()
        var options = School.Options.withDomain(domain)
        options.tftp = School.Options.withTFTP().tftp
        try await School.open(options) { school async throws in
            try await school.capture()
            try await domain.reset([1, 20, 21, 25])
            let controller = try #require(try await domain.controller())
            _ = try await Command.run(
                "/usr/bin/samba-tool", ["user", "create", "pc22a$", "Aa1!aaaaaa", "-H", domain.sam])
            try school.write("[LINBO]\n[OS]\nBaseImage = win10.qcow2\n", to: "srv/start.conf.win10")
            try school.write("image", to: "srv/images/win10/win10.qcow2")
            try FileManager.default.copyItem(
                at: school.tree.appendingPathComponent("images/win11/win11.qcow2.macct"),
                to: school.tree.appendingPathComponent("images/win10/win10.qcow2.macct"))
            let role = "classroom-studentcomputer"
            try school.setHosts([
                School.row(1), "r101;pc20;win10;52:54:00:00:00:20;127.0.0.21;;;;\(role);;1;;;;",
                "r101;pc21;win11;52:54:00:00:00:21;127.0.0.22;;;;server;;1;;;;",
                "r101;pc22a;win11;52:54:00:00:00:22;127.0.0.23;;;;\(role);;1;;;;",
                "r101;\(controller);win11;52:54:00:00:00:23;127.0.0.24;;;;\(role);;1;;;;",
                "r101;pc24x;win11;52:54:00:00:00:24;127.0.0.25;;;;\(role);;1;;;;",
                "r101;pc25;win11;52:54:00:00:00:25;127.0.0.26;;;;;;1;;;;",
            ])
            let names = ["pc20$", "pc21$", "\(controller)$", "pc25$"]
            var before: [[String]] = []
            for name in names { before.append(try await domain.hashes(of: name)) }

            // By files of this server: not even queued.
            for host in [20, 21, 25, 210] { try await school.startSystem(host) }
            let beside = try await school.pull("images/win11/win11.qcow2.macct", as: 20, options: Flags.download)
            #expect(beside.status == 23)
            #expect(try await school.accounts().entries.isEmpty)
            let audit = try await school.audit().filter { $0.plugin == "macct" && $0.intent == "fetch" }
            let reasons = Set(audit.compactMap(\.reason))
            for part in ["does not use win11.qcow2", "its role 'server'", "its role ''", "an unknown client"] {
                #expect(reasons.contains { $0.contains(part) }, "\(part): \(reasons)")
            }
            // By the AD's word: a user, the domain controller; and nobody at all.
            for host in [22, 23, 24] { try await school.startSystem(host) }
            #expect(try await school.outcome(of: "pc22a") == .refused)
            #expect(try await school.outcome(of: controller) == .refused)
            #expect(try await school.outcome(of: "pc24x") == .failed)
            for (name, hashes) in zip(names, before) { #expect(try await domain.hashes(of: name) == hashes, "\(name)") }

            // Probes, directories, backups and TFTP trigger nothing, and nothing is ever sent.
            try school.write("x", to: "srv/images/win10/backups/202601010800/win10.qcow2.macct", mode: 0o600)
            let count = try await school.accounts().entries.count
            for path in [
                "win10.qcow2.macct", "images/win10/win10.qcow2.macct",
                "images/win10/backups/202601010800/win10.qcow2.macct", "images/win10/../win10.qcow2.macct",
            ] {
                #expect(try await school.pull(path, as: 20, options: Flags.probe).status != 0)
            }
            _ = try await school.pull("images/", as: 20, options: ["-a"], into: "all")
            _ = try await school.pull("", as: 20, options: ["-aL"], into: "root")
            let backup = "images/win10/backups/202601010800/win10.qcow2.macct"
            #expect(try await school.pull(backup, as: 20).status == 23)
            let tftp = try await Command.run(
                "/usr/bin/curl",
                ["-s", "--interface", "127.0.0.21", "tftp://127.0.0.1:\(school.tftpPort)/win10.qcow2.macct"])
            #expect(tftp.status != 0)
            #expect(try await school.accounts().entries.count == count)
            for host in [20, 21, 22, 23] { #expect(try school.inboxFiles(of: host).isEmpty) }
            for inbox in ["all", "root"] {
                #expect(try school.inboxFiles(of: 20, into: inbox).keys.filter { $0.contains("macct") }.isEmpty)
            }
            // pc20 gets what its own start.conf uses, by the other name of it, too.
            #expect(try await school.list("images/win10/", as: 20, options: ["-r"]).output.contains("macct") == false)
            #expect(try await school.pull("images/win10/win10.qcow2.macct", as: 20).status == 23)
            #expect(try await school.outcome(of: "pc20") == .applied)
        }
    }

    /// The address alone proves nothing where MACs can be seen.
    @Test func anotherMACIsRefused() async throws {
        let domain = try Domain.shared()
        try await domain.reset(2...4)
        let identity = "identity:\n  neighbours: {directory}/arp\n  verify-mac: true\n"
        try await School.open(.withDomain(domain, extra: identity)) { school async throws in
            try school.write(
                """
                IP address       HW type     Flags       HW address            Mask     Device
                127.0.0.3        0x1         0x2         52:54:00:00:00:02     *        eth0
                127.0.0.4        0x1         0x2         52:54:00:00:00:99     *        eth0

                """, to: "arp")
            try await school.capture()
            for host in 2...4 { try await school.startSystem(host) }
            #expect(try await school.outcome(of: "pc02") == .applied)
            let accounts = try await school.accounts().entries
            #expect(accounts.map(\.host) == ["pc02"])
            let reasons = try await school.audit().compactMap(\.reason)
            #expect(reasons.contains { $0.contains("127.0.0.4 has the MAC 52:54:00:00:00:99") })
            #expect(reasons.contains { $0.contains("knows no MAC of 127.0.0.5") })
        }
    }

    /// Nothing of a file but the two hashes reaches the AD: what holds more is refused whole.
    @Test func aFileWithMoreInItIsRefusedWhole() async throws {
        let domain = try Domain.shared()
        try await domain.reset(1...4)
        try await School.open(.withDomain(domain)) { school async throws in
            try await school.capture()
            let path = "srv/images/win11/win11.qcow2.macct"
            let good = try school.read(path)
            let victim = "dn: CN=pc03,CN=Computers,DC=lmn,DC=lan\nchangetype: delete\n"
            let bad = [
                "\(good)\n\(victim)", "\(victim)\n\(good)",
                good + "replace: userAccountControl\nuserAccountControl: 512\n-\n",
                good.replacingOccurrences(of: "modify", with: "delete"),
                good.replacingOccurrences(of: "@@dn@@", with: "CN=pc03,CN=Computers,DC=lmn,DC=lan"),
                good.replacingOccurrences(of: "unicodePwd:: ", with: "unicodePwd:< file:///etc/shadow\nunicodePwd:: "),
                String(good.prefix(good.count / 2)), "",
            ]
            let before = try await domain.hashes(of: "pc02$")
            for (number, text) in bad.enumerated() {
                try school.write(text, to: path, mode: 0o600)
                try await school.startSystem(2)
                #expect(try await school.outcome(of: "pc02") == .refused, "case \(number)")
            }
            try school.write(good, to: path, mode: 0o666)
            try await school.startSystem(2)
            #expect(try await school.outcome(of: "pc02") == .refused)
            #expect(try await domain.hashes(of: "pc02$") == before)
            #expect(try await domain.value("userAccountControl", of: "pc03$") == "4096")
            let log = try school.read("hookd.log")
            #expect(!log.contains("/etc/shadow"))
        }
    }

    @Test func oddNamesOfImagesAndHosts() async throws {
        let domain = try Domain.shared()
        let unit = "OU=Raum\\, 1 \\\"alt\\\" \\+ neu"
        _ = try await Command.run(
            "/usr/bin/samba-tool", ["ou", "add", "\(unit),DC=lmn,DC=lan", "-H", domain.sam])
        try await domain.reset([60], below: unit)
        try await domain.reset(1...2)
        try await School.open(.withDomain(domain, hosts: 60)) { school async throws in
            try await school.capture()
            let before = try await domain.hashes(of: "pc02$")
            for name in [
                "win11.qcow2\n.macct", "win11.qcow2\ndn: x.macct", "*.macct", "win11.qcow2)(x=*.macct", ".macct",
                "win11.qcow2.macct.macct", "win11.qcow2\\,CN=x.macct",
            ] {
                #expect(try await school.pull(bytes: Array(name.utf8), as: 2).status != 0, "\(name)")
            }
            #expect(try await school.accounts().entries.isEmpty)
            #expect(try await domain.hashes(of: "pc02$") == before)
            // A name in the AD with blanks, commas and quotes is whole in what is written.
            try await school.startSystem(60)
            #expect(try await school.outcome(of: "pc60") == .applied)
            #expect(try await domain.hashes(of: "pc60$") == domain.hashes(of: "pc01$"))
        }
    }
}
