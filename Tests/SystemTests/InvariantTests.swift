import Foundation
import Testing

/// What LINBO clients break on (docs/linbo.md#what-clients-break-on), as far as downloads go, with the options they
/// use.
@Suite struct InvariantTests {
    @Test("trigger requests may answer 23; never serve a real .macct")
    func triggers() async throws {
        try await School.open { school in
            try school.write("unicodePwd", to: "srv/images/win11/win11.qcow2.macct", mode: 0o600)
            let before = try await school.fingerprint()
            let triggers = [
                "tmp/hwinfo.gz", "/tmp/linbo.log", "/tmp/image.status",
                "(hd0,1)#vmlinuz#initrd.img#ro splash#.reboot", "winact/52:54:00:00:00:01.win11.winact.tar.gz.upload",
            ]
            for path in triggers {
                let result = try await school.pull(path, as: 1, options: Flags.trigger)
                #expect(result.status == 23, "\(path): \(result)")
            }
            for path in ["win11.qcow2.macct", "win11.qdiff.macct", "images/win11/win11.qcow2.macct"] {
                let result = try await school.pull(path, as: 1, options: Flags.download)
                #expect(result.status == 23, "\(path): \(result)")
            }
            #expect(try school.inboxFiles(of: 1).isEmpty)
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("a delivered .cmd must not be deliverable again", arguments: ["queued", "dropped"], ["pc01", "127.0.0.2"])
    func deliveredOnce(source: String, name: String) async throws {
        try await School.open { school in
            if source == "queued" {
                let added = try await school.linboctl("onboot", "add", "pc01", "sync:1,start:1")
                #expect(added.status == 0, "\(added)")
            } else {
                try school.write("sync:1,start:1\n", to: "srv/linbocmd/\(name).cmd", mode: 0o660)
            }
            let first = try await school.pull("linbocmd/\(name).cmd", as: 1, options: Flags.follow)
            #expect(first.status == 0, "\(first)")
            #expect(try school.received("\(name).cmd", by: 1) == "sync:1,start:1\n")
            for path in ["linbocmd/pc01.cmd", "linbocmd/127.0.0.2.cmd", "linbocmd/", ""] {
                let options = path.hasSuffix(".cmd") ? Flags.follow : ["-aL"]
                let again = try await school.pull(path, as: 1, options: options, into: "again")
                #expect(again.status == (path.hasSuffix(".cmd") ? 23 : 0), "\(path): \(again)")
            }
            #expect(try school.received(holding: "sync:1", by: 1, into: "again").isEmpty)
            try await school.settled()
            #expect(!school.exists("srv/linbocmd/\(name).cmd"))
        }
    }

    /// What a client has already, and what it must have after a mirroring download.
    private func mirror(_ directory: String, _ options: [String], keeps: String, loses: String) async throws {
        try await School.open { school in
            try school.write("new", to: "srv/\(directory)sub/new.txt")
            try school.write("example", to: "srv/\(directory)sub/sample.ex")
            try school.link("srv/\(directory)link.txt", to: "sub/new.txt")
            for name in [keeps, loses] { try school.write("old", to: "inbox/127.0.0.2/\(name)") }
            let before = try await school.fingerprint()
            for round in 1...2 {
                let result = try await school.pull(directory, as: 1, options: options)
                #expect(result.status == 0, "round \(round): \(result)")
            }
            let files = try school.inboxFiles(of: 1)
            #expect(files["sub/new.txt"] == Array("new".utf8))
            #expect(files[loses] == nil)
            #expect((files[keeps] != nil) == (keeps != loses))
            let link = school.inbox("127.0.0.2").appendingPathComponent("link.txt").path
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "sub/new.txt")
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("boot/grub/themes/ must exist (recursive, -a --delete)")
    func themes() async throws {
        try await mirror("boot/grub/themes/", Flags.mirror, keeps: "sub/sample.ex", loses: "stale.txt")
    }

    @Test("linuxmuster-win/ must exist (recursive, -a --exclude=*.ex --delete --delete-excluded)")
    func windowsDirectory() async throws {
        try await mirror("linuxmuster-win/", Flags.windows, keeps: "start.cmd", loses: "stale.ex")
    }

    @Test("a missing <img>.qdiff.info is the order to delete the local qdiff: 23, never an empty file")
    func missingInfo() async throws {
        try await School.open { school in
            for path in ["images/win11/win11.qdiff.info", "win11.qdiff.info", "images/none/none.qdiff.info"] {
                for options in [Flags.download, Flags.probe, Flags.trigger] {
                    let result = try await school.pull(path, as: 1, options: options)
                    #expect(result.status == 23, "\(path): \(result)")
                }
            }
            #expect(try school.inboxFiles(of: 1).isEmpty)
        }
    }

    @Test(".reg must stay readable by nobody and keep what the client itself fills in")
    func registryPlaceholders() async throws {
        try await School.open { school in
            let text =
                "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\X]\r\n\"A\"=\"{$HostName$}\"\r\n\"B\"=\"@@hostname@@\"\r\n"
            try school.write(text, to: "srv/images/win11/win11.reg")
            try school.write(text + "\"Key\"=\"@@windows_key@@\"\r\n", to: "srv/images/win11/key.reg")
            for host in [1, 199] {
                for name in ["win11.reg", "key.reg"] {
                    let result = try await school.pull("images/win11/\(name)", as: host, options: Flags.download)
                    #expect(result.status == 0, "\(result)")
                    let received = try school.received(name, by: host)
                    #expect(received.hasPrefix(text))
                    #expect(host != 1 || !received.contains("@@windows_key@@"))
                }
            }
        }
    }

    @Test(
        "start.conf and torrent-client.conf are served as files", arguments: [Flags.follow, Flags.download, [], ["-a"]])
    func outsideFiles(flags: [String]) async throws {
        var options = School.Options()
        options.linbo = "  outside: [\"{directory}/etc/linbo-torrent\", \"{directory}/etc/start.conf.default\"]"
        try await School.open(options) { school in
            try school.write("SEEDHOURS=1\n", to: "etc/linbo-torrent")
            try school.write("[LINBO]\n", to: "etc/start.conf.default")
            try school.link("srv/torrent-client.conf", to: school.directory.path + "/etc/linbo-torrent")
            try school.link("srv/start.conf", to: school.directory.path + "/etc/start.conf.default")
            for host in [1, 199] {
                let result = try await school.pull(["torrent-client.conf", "start.conf"], as: host, options: flags)
                #expect(result.status == 0, "\(result)")
                let expected = ["torrent-client.conf": "SEEDHOURS=1\n", "start.conf": "[LINBO]\n"]
                #expect(try school.inboxFiles(of: host) == expected.mapValues { Array($0.utf8) })
            }
        }
    }

    @Test("a boot's downloads, in their order")
    func wholeBoot() async throws {
        try await School.open { school in
            try school.write("#!ipxe", to: "srv/boot/grub/ipxe.efi")
            try school.write("driver", to: "srv/drivers/dell/net/x.inf")
            try school.write("match", to: "srv/drivers/dell/match.conf")
            let before = try await school.fingerprint()
            let requests: [(path: String, options: [String], status: Int32)] = [
                ("start.conf.win11", ["-vL"], 0), ("linbofs64.md5", Flags.download, 0),
                ("torrent-client.conf", Flags.follow, 23), ("boot/grub/ipxe.efi", Flags.download, 0),
                ("boot/grub/spool/pc01.win11.grub.cfg", Flags.download, 23),
                ("boot/grub/hostcfg/pc01.cfg", Flags.download, 0), ("boot/grub/themes/", Flags.mirror, 0),
                ("linuxmuster-win/", Flags.windows, 0), ("linbocmd/pc01.cmd", Flags.follow, 23),
                ("linbocmd/127.0.0.2.cmd", Flags.follow, 23), ("tmp/hwinfo.gz", Flags.trigger, 23),
                ("linbo_gui64_7.tar.lz", Flags.probe, 23), ("gui/themes/dark/", Flags.download, 23),
                ("images/win11/win11.qcow2.info", Flags.download, 23), ("images/win11/win11.reg", Flags.download, 0),
                ("images/win11/win11.qcow2", Flags.download, 0), ("win11.qcow2.macct", Flags.download, 23),
                ("drivers/dell/match.conf", ["-a", "--timeout=120"], 0),
                ("drivers/dell/", ["-a", "--delete", "--timeout=120", "--exclude=/match.conf"], 0),
            ]
            for request in requests {
                let inbox = request.path.replacingOccurrences(of: "/", with: "_")
                let result = try await school.pull(request.path, as: 1, options: request.options, into: inbox)
                #expect(result.status == request.status, "\(request.path): \(result)")
            }
            #expect(try school.received("pc01.cfg", by: 1, into: "boot_grub_hostcfg_pc01.cfg") == "menu")
            #expect(try school.inboxFiles(of: 1, into: "drivers_dell_") == ["net/x.inf": Array("driver".utf8)])
            #expect(try await school.fingerprint() == before)
        }
    }
}
