import Foundation
import HookStore
import LinboModel
import Testing

/// The same path gives the same host the same bytes over rsync and over TFTP, and hides the same from it.
@Suite struct TFTPSameBytesTests {
    private func open(_ body: (School) async throws -> Void) async throws {
        var options = School.Options.withTFTP()
        options.linbo = "  outside: [\"{directory}/etc/linbo-torrent\"]"
        try await School.open(options) { school in
            try school.write("ARIA2C=1\n", to: "etc/linbo-torrent")
            try school.write("outside", to: "etc/other")
            try school.link("srv/torrent-client.conf", to: school.directory.path + "/etc/linbo-torrent")
            try school.link("srv/other", to: school.directory.path + "/etc/other")
            try school.link("srv/first", to: "./second")
            try school.link("srv/second", to: "boot/grub/win11.cfg")
            try school.link("srv/grub", to: "boot/grub")
            try school.link("srv/x.reg", to: "images/win11/win11.reg")
            try school.write("unicodePwd", to: "srv/images/win11/win11.qcow2.macct")
            try school.write("log of pc02", to: "var/log/pc02_linbo.log")
            try school.link("srv/log", to: school.directory.path + "/var/log")
            try school.write("sync:2\n", to: "srv/linbocmd/pc02.cmd")
            try await body(school)
        }
    }

    @Test("files, links, and what plugins make for each host")
    func same() async throws {
        try await open { school in
            let before = try await school.fingerprint()
            let winkey = "winact/0123456789abcdef.winkey"
            let paths = [
                "start.conf.win11", "linbofs64.md5", "images/win11/win11.qcow2", "images/win11/win11.reg", winkey,
                "boot/grub/hostcfg/pc01.cfg", "first", "second", "grub/win11.cfg", "torrent-client.conf", "x.reg",
                "./images//win11/./win11.reg",
            ]
            for host in [1, 2, 199] {
                for path in paths {
                    let name = path.split(separator: "/").last.map(String.init) ?? path
                    let pulled = try await school.pull(path, as: host, options: Flags.follow, into: "\(host)/\(path)")
                    let expected =
                        pulled.status == 0 ? try school.receivedBytes(name, by: host, into: "\(host)/\(path)") : nil
                    for asked in [path, "/\(path)", path.replacingOccurrences(of: "/", with: "\\")] {
                        let client = try school.rawClient(host)
                        let got = try? await client.fetch(asked, ["blksize": "1024", "tsize": "0"])
                        #expect(got == expected, "\(asked) as \(host): \(pulled)")
                    }
                }
            }
            for host in [1, 2] {
                for path in ["images/win11/win11.reg", "x.reg", winkey] {
                    let fetched = try await school.fetch(path, as: host)
                    #expect(fetched.text?.contains(School.key(host)) == true, "\(path): \(fetched)")
                }
            }
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("what is hidden is absent on both: logs, machine accounts, other hosts' commands, what lies outside")
    func hidden() async throws {
        try await open { school in
            let before = try await school.fingerprint()
            let paths = [
                "log/pc02_linbo.log", "images/win11/win11.qcow2.macct", "win11.qcow2.macct", "linbocmd/pc02.cmd",
                "linbocmd/127.0.0.3.cmd", "other", "none", "images/none",
            ]
            for host in [1, 199] {
                for path in paths {
                    let pulled = try await school.pull(path, as: host, options: Flags.follow)
                    #expect(pulled.status == 23, "\(path): \(pulled)")
                    let client = try school.rawClient(host)
                    client.ask(path, ["tsize": "0"])
                    let answer = try await client.receive().packet
                    #expect(answer == .error(code: 1, "file not found"), "\(path): \(answer)")
                }
            }
            #expect(try school.inboxFiles(of: 1).isEmpty)
            let directory = try school.rawClient(1)
            directory.ask("images/win11")
            #expect(try await directory.receive().packet.errorCode == 2)
            #expect(try await school.fingerprint() == before)
        }
    }

    static let hostile: [(name: [UInt8], rule: String)] = [
        (Array("../etc/other".utf8), "'..' in a path"), (Array("/../etc/other".utf8), "'..' in a path"),
        (Array("images/../../etc/other".utf8), "'..' in a path"), (Array("..\\etc\\other".utf8), "'..' in a path"),
        (Array("images\\..\\start.conf.win11".utf8), "'..' in a path"), (Array("..".utf8), "'..' in a path"),
        (Array("a\nb".utf8), "a control character (10)"), (Array("icons/\u{1B}[31m".utf8), "a control character (27)"),
        ([0x66, 0xFF, 0x66], "not UTF-8"), ([0xC0, 0xAE, 0xC0, 0xAE, 0x2F, 0x61], "not UTF-8"),
        (Array(".linbo-hookd/views/x".utf8), "'.linbo-hookd' is the server's own"),
        (Array("/.//.linbo-hookd".utf8), "'.linbo-hookd' is the server's own"),
        (Array(String(repeating: "x", count: 256).utf8), "a name of 256 bytes"),
        (Array(String(repeating: "long/", count: 620).utf8), "3072 is the limit"),
    ]

    @Test("hostile names get error 2 that names the rule, and stand in the audit log")
    func refused() async throws {
        try await open { school in
            let before = try await school.fingerprint()
            for (name, rule) in Self.hostile {
                let client = try school.rawClient(1)
                client.ask(name, ["tsize": "0"])
                let answer = try await client.receive().packet
                guard case .error(2, let text) = answer else {
                    Issue.record("\(name): \(answer)")
                    continue
                }
                #expect(text.contains(rule), "\(text)")
            }
            try await eventually("all refusals are in the audit log") {
                try await school.tftpAudit().filter { $0.decision == .refused }.count == Self.hostile.count
            }
            let entries = try await school.tftpAudit()
            for (_, rule) in Self.hostile {
                let entry = entries.first { $0.reason?.contains(rule) == true }
                #expect(entry?.host == "pc01" && entry?.outcome.rawValue.hasPrefix("refused") == true, "\(rule)")
            }
            let listed = try await school.linboctl("audit", "--json").output
            #expect(!listed.contains("\u{1B}") && !listed.contains("\\u001b"))
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("write requests are refused, and write nothing")
    func readOnly() async throws {
        try await open { school in
            let before = try await school.fingerprint()
            try school.write("upload", to: "upload")
            let upload = school.directory.path + "/upload"
            for words in [
                [TFTPClient.curl.program, "--silent", "--upload-file", upload, "tftp://\(school.tftp)/upload"],
                [
                    TFTPClient.busybox.program, "tftp", "-p", "-l", upload, "-r", "start.conf.win11", "127.0.0.1",
                    "\(school.tftpPort)",
                ],
            ] {
                let result = try await Command.run(words[0], Array(words.dropFirst()))
                #expect(result.status != 0, "\(result)")
            }
            #expect(try await school.fingerprint() == before)
        }
    }
}
