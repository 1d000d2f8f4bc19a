import Foundation
import Testing

/// No client can read bytes made for another, however it asks, and the tree does not change.
@Suite struct IsolationTests {
    @Test("two clients pull the same path at the same time, 200 times, and never see each other's bytes")
    func twoClients() async throws {
        try await School.open { school in
            let before = try await school.fingerprint()
            try await together(400) { number in
                let host = number % 2 + 1
                let inbox = "\(host)/\(number)"
                let result = try await school.pull(
                    "images/win11/win11.reg", as: host, options: Flags.download, into: inbox)
                #expect(result.status == 0, "\(result)")
            }
            for host in [1, 2] {
                let files = try school.inboxFiles(of: host, into: "\(host)")
                #expect(files.count == 200)
                let texts = Set(files.values.map { String(decoding: $0, as: UTF8.self) })
                #expect(texts.count == 1)
                #expect(texts.first?.contains(School.key(host)) == true)
                #expect(texts.first?.contains(School.key(3 - host)) == false)
            }
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("two clients fetch the same directory of commands at the same time, and each has its own")
    func sameDirectory() async throws {
        try await School.open { school in
            for round in 1...10 {
                for host in [1, 2] { try school.write("sync:\(host)\(round)\n", to: "srv/linbocmd/pc0\(host).cmd") }
                try await together(2) { number in
                    let host = number + 1
                    let result = try await school.pull(
                        "linbocmd/", as: host, options: Flags.mirror, into: "\(host)/\(round)")
                    #expect(result.status == 0, "\(result)")
                    let expected = ["pc0\(host).cmd": Array("sync:\(host)\(round)\n".utf8)]
                    #expect(try school.inboxFiles(of: host, into: "\(host)/\(round)") == expected)
                }
                try await school.settled()
            }
        }
    }

    @Test("sixteen hosts, several connections of each at once: own bytes only, each command once")
    func sixteenHosts() async throws {
        try await School.open { school in
            for host in 1...16 { try school.write("sync:\(host)\n", to: "srv/linbocmd/\(name(host)).cmd") }
            let before = try await school.fingerprint()
            let requests: [(path: String, options: [String])] = [
                ("images/win11/win11.reg", Flags.download), ("", ["-aL", "--exclude=linbocmd"]),
                ("images/", Flags.download),
                ("images/win11/win11.reg", Flags.probe),
            ]
            let commands = requests.count
            try await together(16 * (requests.count + 2), at: 12) { number in
                let host = number % 16 + 1
                let kind = number / 16
                if kind >= commands {
                    _ = try await school.pull(
                        "linbocmd/\(name(host)).cmd", as: host, options: Flags.follow, into: "\(host)/command\(kind)")
                    return
                }
                let result = try await school.pull(
                    requests[kind].path, as: host, options: requests[kind].options, into: "\(host)/\(kind)")
                #expect(result.status == 0, "\(requests[kind]): \(result)")
            }
            for host in 1...16 {
                let files = try school.inboxFiles(of: host, into: "\(host)")
                let commandFiles = files.filter { $0.key.hasSuffix(".cmd") && $0.key.hasPrefix("command") }
                #expect(Array(commandFiles.values) == [Array("sync:\(host)\n".utf8)])
                let registry = files.filter { $0.key.hasSuffix("win11.reg") }
                #expect(registry.count == 3)
                for bytes in registry.values {
                    #expect(String(decoding: bytes, as: UTF8.self).contains(School.key(host)))
                }
                let others = (1...16).filter { $0 != host }
                for other in others {
                    #expect(try school.received(holding: School.key(other), by: host, into: "\(host)").isEmpty)
                }
            }
            for host in 1...16 { try school.write("sync:\(host)\n", to: "srv/linbocmd/\(name(host)).cmd") }
            let after = try await school.fingerprint()
            #expect(withoutCommands(after) == withoutCommands(before))
        }
    }

    private func name(_ host: Int) -> String { host < 10 ? "pc0\(host)" : "pc\(host)" }

    private func withoutCommands(_ fingerprint: String) -> [Substring] {
        fingerprint.split(separator: "\n").filter { !$0.contains("linbocmd") }
    }

    @Test("a morning's mix of requests leaves the tree as it was")
    func morning() async throws {
        try await School.open { school in
            try school.write("start:1\n", to: "srv/linbocmd/pc40.cmd")
            try school.write("unicodePwd", to: "srv/images/win11/win11.qcow2.macct", mode: 0o600)
            let before = try await school.fingerprint()
            let requests: [(path: String, options: [String])] = [
                ("start.conf.win11", ["-vL"]), ("linbofs64.md5", Flags.download), ("boot/grub/themes/", Flags.mirror),
                ("linuxmuster-win/", Flags.windows), ("boot/grub/hostcfg/pc01.cfg", Flags.download),
                ("boot/grub/spool/pc01.win11.grub.cfg", Flags.download), ("linbocmd/pc40.cmd", Flags.follow),
                ("/tmp/linbo.log", Flags.trigger), ("tmp/hwinfo.gz", Flags.trigger),
                ("images/win11/win11.reg", Flags.download),
                ("images/win11/win11.qcow2", Flags.probe), ("images/win11/win11.qcow2", Flags.download),
                ("win11.qcow2.macct", Flags.download), ("winact/0123.winkey", [Flags.skip]), ("", ["-aL"]),
                ("images/*", []),
                ("../x.cmd", []), ("linbocmd/", ["-r"]), (".linbo-hookd/", ["-r"]), ("none", Flags.probe),
            ]
            try await together(requests.count * 5) { number in
                let request = requests[number % requests.count]
                let host = number / requests.count == 4 ? 199 : number % 16 + 1
                _ = try await school.pull(request.path, as: host, options: request.options, into: "\(host)/\(number)")
            }
            #expect(try await school.fingerprint() == before)
            #expect(school.internalNames(in: "tmp").isEmpty)
        }
    }

    @Test("a download of the whole root has for each file the same bytes as by name")
    func rootAndNames() async throws {
        try await School.open { school in
            try school.write("[OS]\n", to: "srv/a directory/with # [x] ü/start.conf")
            try school.write("\"Key\"=\"@@windows_key@@\"\r\n", to: "srv/deep/er/y.reg")
            try school.link("srv/gui", to: "boot/grub")
            try school.link("srv/z.reg", to: "deep/er/y.reg")
            for host in [1, 199] {
                let all = try await school.pull("", as: host, options: ["-aL"], into: "\(host)/root")
                #expect(all.status == 0, "\(all)")
                let files = try school.inboxFiles(of: host, into: "\(host)/root")
                #expect(files.count >= 12)
                let paths = files.keys.sorted()
                try await together(paths.count) { number in
                    let path = paths[number]
                    let inbox = "\(host)/\(number)"
                    let single = try await school.pull(path, as: host, options: ["-aL"], into: inbox)
                    #expect(single.status == 0, "\(path): \(single)")
                    #expect(try school.inboxFiles(of: host, into: inbox).map(\.value) == [files[path]], "\(path)")
                    let time = school.receivedTime(path, by: host, into: "\(host)/root")
                    let name = URL(fileURLWithPath: "/" + path).lastPathComponent
                    #expect(school.receivedTime(name, by: host, into: inbox) == time, "\(path)")
                }
            }
            #expect(try school.received(holding: School.key(1), by: 1, into: "1/root").count == 3)
        }
    }

    @Test("what a plugin hides is in no listing")
    func listings() async throws {
        try await School.open { school in
            for host in 1...3 { try school.write("sync:1\n", to: "srv/linbocmd/pc0\(host).cmd") }
            try school.write("note", to: "srv/linbocmd/README")
            try school.write("unicodePwd", to: "srv/images/win11/win11.qcow2.macct")
            try school.write("real", to: "srv/winact/0123.winkey")
            let before = try await school.fingerprint()
            for host in [1, 2, 199] {
                let paths = ["linbocmd/", "linbocmd", "images/win11/", "winact/", ""]
                let manners = [[], ["--list-only"], ["-r"], ["--list-only", "-aL"], ["-d"]]
                try await together(paths.count * manners.count) { number in
                    let listing = try await school.list(
                        paths[number % paths.count], as: host, options: manners[number / paths.count])
                    #expect(listing.status == 0, "\(listing)")
                    check(listing.output, for: host)
                }
                // A command that another connection has in hand is listed again when that is over.
                try await school.settled()
                for path in ["linbocmd/", ""] {
                    let dry = try await school.pull(path, as: host, options: ["-n", "-v", "-r"])
                    #expect(dry.status == 0, "\(dry)")
                    check(dry.output, for: host)
                    #expect(dry.output.contains("pc0\(host).cmd") == (host != 199), "\(dry)")
                }
                for other in 1...3 where other != host {
                    let listing = try await school.list("linbocmd/pc0\(other).cmd", as: host)
                    #expect(listing.status == 23, "\(listing)")
                }
                #expect(try school.inboxFiles(of: host).isEmpty)
            }
            #expect(try await school.fingerprint() == before)
        }
    }

    private func check(_ listing: String, for host: Int) {
        for other in 1...3 where other != host { #expect(!listing.contains("pc0\(other).cmd"), "\(listing)") }
        for hidden in [".macct", ".winkey", "linbo-hookd", "README"] {
            #expect(!listing.contains(hidden), "\(listing)")
        }
    }
}
