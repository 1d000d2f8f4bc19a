import Foundation
import Testing

/// Names and options that the configuration changes: remap, ignore-case, quirks, limits.
@Suite struct TFTPNameTests {
    @Test("remap: a whole name, its beginning, an expression; the first that fits counts")
    func remap() async throws {
        let keys = """
            remap:
              - exact: pxelinux.0
                to: boot/grub/win11.cfg
              - prefix: tftpboot/images
                to: images
              - prefix: tftpboot/
                to: ""
              - regex: 'Boot/([0-9]+)/(pc[0-9]+)[.]menu'
                to: boot/grub/hostcfg/$2.cfg
              - exact: command
                to: linbocmd/pc02.cmd
              - exact: out
                to: ../etc/passwd
            """
        try await School.open(.withTFTP(keys)) { school in
            try school.write("sync:2\n", to: "srv/linbocmd/pc02.cmd")
            for (name, path) in [
                ("pxelinux.0", "boot/grub/win11.cfg"), ("/pxelinux.0", "boot/grub/win11.cfg"),
                ("tftpboot/start.conf.win11", "start.conf.win11"), ("Boot/0003/pc01.menu", "boot/grub/win11.cfg"),
                ("tftpboot/images/win11/win11.qcow2", "images/win11/win11.qcow2"),
                ("\\tftpboot\\start.conf.win11", "start.conf.win11"), ("start.conf.win11", "start.conf.win11"),
            ] {
                let got = try await school.rawClient(1).fetch(name)
                #expect(String(decoding: got, as: UTF8.self) == (try school.read("srv/\(path)")), "\(name)")
            }
            let own = try await school.rawClient(2).fetch("tftpboot/images/win11/win11.reg")
            #expect(String(decoding: own, as: UTF8.self).contains(School.key(2)))
            // A rule opens nothing that its target would not.
            for (name, code) in [("command", 1), ("out", 2), ("xpxelinux.0", 1), ("Boot/x/pc01.menu", 1)] {
                let client = try school.rawClient(1)
                client.ask(name)
                #expect(try await client.receive().packet.errorCode == UInt16(code), "\(name)")
            }
            #expect(
                try await String(decoding: school.rawClient(2).fetch("command", ["tsize": "0"]), as: UTF8.self)
                    == "sync:2\n")
        }
    }

    @Test("ignore-case: one name that fits is served, by its plugin if it has one; of two none is guessed")
    func ignoreCase() async throws {
        try await School.open(.withTFTP("ignore-case: true")) { school in
            try school.write("one", to: "srv/icons/A.png")
            try school.write("two", to: "srv/icons/a.PNG")
            try school.write("sync:2\n", to: "srv/linbocmd/pc02.cmd")
            try school.write("unicodePwd", to: "srv/images/win11/win11.qcow2.macct")
            let before = try await school.fingerprint()
            let menu = try await school.rawClient(1).fetch("BOOT\\GRUB\\WIN11.CFG")
            #expect(String(decoding: menu, as: UTF8.self) == "menu")
            let own = try await school.rawClient(2).fetch("Images/Win11/WIN11.REG")
            #expect(String(decoding: own, as: UTF8.self).contains(School.key(2)))
            #expect(try await String(decoding: school.rawClient(1).fetch("icons/A.png"), as: UTF8.self) == "one")
            for name in ["icons/a.png", "LINBOCMD/PC02.CMD", "linbocmd/PC02.cmd", "IMAGES/win11/win11.qcow2.MACCT"] {
                let client = try school.rawClient(1)
                client.ask(name)
                #expect(try await client.receive().packet.errorCode == 1, "\(name)")
            }
            for name in [".LINBO-HOOKD", ".Linbo-Hookd/live"] {
                let client = try school.rawClient(1)
                client.ask(name)
                #expect(try await client.receive().packet.errorCode != nil, "\(name)")
            }
            #expect(try await school.fingerprint() == before)
            let its = try await school.rawClient(2).fetch("LINBOCMD/PC02.CMD", ["tsize": "0"])
            #expect(String(decoding: its, as: UTF8.self) == "sync:2\n")
            try await eventually("the delivered file is gone") { !school.exists("srv/linbocmd/pc02.cmd") }
        }
    }

    @Test("without ignore-case another case is another name")
    func otherCase() async throws {
        try await School.open(.withTFTP()) { school in
            let client = try school.rawClient(1)
            client.ask("BOOT/GRUB/WIN11.CFG")
            #expect(try await client.receive().packet.errorCode == 1)
        }
    }

    @Test("quirks: limits for clients that send certain options, and for cards of one vendor")
    func quirks() async throws {
        let keys = """
            quirks:
              - options: [windowsize, tsize]
                max-windowsize: 4
                ignore: [tsize]
              - options: [utimeout]
                max-blksize: 700
              - mac: "52:54:00:00:00:02"
                max-blksize: 1024
              - mac: "52:54"
                max-blksize: 1200
            """
        try await School.open(.withTFTP(keys)) { school in
            let table: [(host: Int, KeyValuePairs<String, String>, agreed: [String: String])] = [
                (1, ["blksize": "1428", "windowsize": "16", "tsize": "0"], ["blksize": "1200", "windowsize": "4"]),
                (1, ["windowsize": "16"], ["windowsize": "16"]), (1, ["tsize": "0"], ["tsize": "4"]),
                (1, ["BLKSIZE": "1428", "utimeout": "5"], ["BLKSIZE": "700"]),
                (2, ["blksize": "1428"], ["blksize": "1024"]), (3, ["blksize": "1428"], ["blksize": "1200"]),
                (199, ["blksize": "1428"], ["blksize": "1428"]),
            ]
            for row in table {
                let client = try school.rawClient(row.host)
                client.ask("boot/grub/win11.cfg", row.1)
                let (packet, peer) = try await client.receive()
                #expect(packet == .options(row.agreed), "\(row)")
                #expect(try await client.rest(after: packet, from: peer) == Array("menu".utf8))
            }
        }
    }

    @Test("limits of blksize and windowsize")
    func optionLimits() async throws {
        try await School.open(.withTFTP("max-blksize: 1400\nmax-windowsize: 8")) { school in
            let client = try school.rawClient(1)
            client.ask("boot/grub/win11.cfg", ["blksize": "65464", "windowsize": "65535"])
            #expect(try await client.receive().packet == .options(["blksize": "1400", "windowsize": "8"]))
        }
    }
}
