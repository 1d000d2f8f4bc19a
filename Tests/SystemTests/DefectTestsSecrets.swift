import Foundation
import Testing

/// The defects of docs/linbo.md#defects-of-the-old-hooks that give a client what is another's.
@Suite struct DefectTestsSecrets {
    @Test("defect 4: machine accounts' hashes are never served")
    func machineAccounts() async throws {
        try await School.open { school in
            let paths = [
                "images/win11/win11.qcow2.macct", "images/win11/backups/202601011200/win11.qcow2.macct",
                "win11.qcow2.macct", "win11.qdiff.macct", "tmp/x.macct", ".macct", "icons/deep/er/y.macct",
            ]
            for path in paths { try school.write("unicodePwd:: c2VjcmV0", to: "srv/\(path)") }
            try school.link("srv/icons/account.png", to: "../win11.qcow2.macct")
            let before = try await school.fingerprint()
            for path in paths + ["icons/account.png"] {
                for options in [Flags.download, Flags.trigger, ["-r"]] {
                    let result = try await school.pull(path, as: 1, options: options)
                    #expect(result.status == 23, "\(path): \(result)")
                }
                let probe = try await school.pull(path, as: 1, options: Flags.probe)
                #expect(probe.status == 23, "\(path): \(probe)")
            }
            for directory in ["images/win11/backups", "images/win11/backups/202601011200/"] {
                #expect(try await school.pull(directory, as: 1, options: ["-aL"]).status == 23)
            }
            for directory in ["images/", "images/win11/", "tmp/", "", "icons/"] {
                let result = try await school.pull(directory, as: 1, options: ["-aL"])
                #expect(result.status == 0, "\(directory): \(result)")
                #expect(try await !school.list(directory, as: 1, options: ["-r"]).output.contains("macct"))
            }
            #expect(try school.inboxFiles(of: 1).keys.filter { $0.contains("macct") }.isEmpty)
            #expect(try school.received(holding: "unicodePwd", by: 1).isEmpty)
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test(
        "defect 5: wildcards don't leak boot passwords",
        arguments: ["linbocmd/*.cmd", "linbocmd/pc0?.cmd", "linbocmd/pc0[2-9].cmd", "linbocmd/*", "*/pc02.cmd", "*/*"])
    func wildcards(pattern: String) async throws {
        try await School.open { school in
            for host in 1...3 {
                try school.write(
                    "linbo:\(School.secret),upload_image:1\n", to: "srv/linbocmd/pc0\(host).cmd", mode: 0o666)
            }
            let before = try await school.fingerprint()
            for host in [1, 199] {
                for options in [Flags.follow, ["-r"], Flags.probe] {
                    let result = try await school.pull(pattern, as: host, options: options)
                    #expect(result.status != 0, "\(result)")
                }
                #expect(try school.inboxFiles(of: host).isEmpty)
            }
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("defect 6: a host takes its own command only")
    func othersCommands() async throws {
        try await School.open { school in
            try school.write("format,start:1\n", to: "srv/linbocmd/pc07.cmd", mode: 0o666)
            try school.write("reboot\n", to: "srv/linbocmd/127.0.0.9.cmd", mode: 0o666)
            let before = try await school.fingerprint()
            for host in [1, 2, 199] {
                for path in ["linbocmd/pc07.cmd", "linbocmd/127.0.0.9.cmd", "./linbocmd//pc07.cmd"] {
                    let result = try await school.pull(path, as: host, options: Flags.follow)
                    #expect(result.status == 23, "\(result)")
                }
                let directory = try await school.pull("linbocmd/", as: host, options: ["-a"])
                #expect(directory.status == 0, "\(directory)")
                #expect(try school.inboxFiles(of: host).isEmpty)
            }
            #expect(try await school.fingerprint() == before)
            let own = try await school.pull("linbocmd/pc07.cmd", as: 7, options: Flags.follow)
            #expect(own.status == 0, "\(own)")
            let byAddress = try await school.pull("linbocmd/127.0.0.9.cmd", as: 8, options: Flags.follow)
            #expect(byAddress.status == 0, "\(byAddress)")
        }
    }

    @Test("defect 6: a .cmd elsewhere is a plain file and stays")
    func plainCommandFiles() async throws {
        try await School.open { school in
            let paths = [
                "linuxmuster-win/prepare-for-image.cmd", "pc01.cmd", "icons/linbocmd/pc01.cmd", "images/pc01.mpw",
            ]
            for path in paths { try school.write("@echo off", to: "srv/\(path)") }
            let before = try await school.fingerprint()
            for path in paths {
                for host in [1, 2] {
                    let result = try await school.pull(path, as: host, options: Flags.download)
                    #expect(result.status == 0, "\(path): \(result)")
                }
            }
            #expect(try school.received("prepare-for-image.cmd", by: 2) == "@echo off")
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("defect 9: a name in DNS is nobody's identity")
    func reverseNames() async throws {
        try await School.open { school in
            try school.setHosts([School.row(1), School.row(59).replacingOccurrences(of: "pc59", with: "localhost")])
            try school.write("format\n", to: "srv/linbocmd/localhost.cmd")
            // 127.0.0.1 is localhost by the resolver, 127.0.0.60 by devices.csv. rsyncd reads this anew.
            let looking = try school.read("rsyncd.conf").replacing("reverse lookup = no", with: "reverse lookup = yes")
            try school.write(looking, to: "rsyncd.conf")
            for path in ["linbocmd/localhost.cmd", "linbocmd/127.0.0.60.cmd", "winact/0123.winkey"] {
                let result = try await school.pull(path, as: 0, options: Flags.follow)
                #expect(result.status == 23, "\(path): \(result)")
            }
            let registry = try await school.pull("images/win11/win11.reg", as: 0, options: Flags.download)
            #expect(registry.status == 0, "\(registry)")
            #expect(try school.received(holding: School.key(59), by: 0).isEmpty)
            #expect(try school.read("rsyncd.log").contains("localhost (127.0.0.1)"))
            let its = try await school.pull("linbocmd/localhost.cmd", as: 59, options: Flags.follow)
            #expect(its.status == 0, "\(its)")
        }
    }

    @Test("defect 9: an address in no devices.csv gets plain files and no secret")
    func unknownAddresses() async throws {
        try await School.open { school in
            try school.write("start:1\n", to: "srv/linbocmd/127.0.0.200.cmd")
            for path in ["linbocmd/127.0.0.200.cmd", "linbocmd/pc01.cmd", "winact/0123.winkey"] {
                let result = try await school.pull(path, as: 199, options: Flags.follow)
                #expect(result.status == 23, "\(path): \(result)")
            }
            let all = try await school.pull("", as: 199, options: ["-aL"])
            #expect(all.status == 0, "\(all)")
            #expect(try school.received("linbofs64.md5", by: 199).hasPrefix("0123"))
            #expect(try school.received(holding: "VVVVV-", by: 199).isEmpty)
            #expect(try school.inboxFiles(of: 199).keys.filter { $0.hasPrefix("linbocmd/") }.isEmpty)
        }
    }

    @Test("defect 12: the upload password goes with an upload command to its host, and with nothing else")
    func uploadPassword() async throws {
        try await School.open { school in
            let added = try await school.linboctl("onboot", "add", "pc01", "upload_image:1")
            #expect(added.status == 0, "\(added)")
            try school.write("linbo:\(School.secret),upload_qdiff:1\n", to: "srv/linbocmd/pc02.cmd")
            for host in [1, 2, 3, 199] {
                let all = try await school.pull("", as: host, options: ["-aL"])
                #expect(all.status == 0, "\(all)")
                #expect(try school.received(holding: School.secret, by: host).isEmpty)
                let listing = try await school.list("linbocmd/", as: host)
                #expect(!listing.output.contains(".cmd"), "\(listing)")
            }
            for host in [1, 2] {
                let own = try await school.pull("linbocmd/pc0\(host).cmd", as: host, options: Flags.follow)
                #expect(own.status == 0, "\(own)")
                #expect(try school.received("pc0\(host).cmd", by: host).hasPrefix("linbo:\(School.secret),upload_"))
            }
            for log in ["hookd.log", "rsyncd.log"] { #expect(try !school.read(log).contains(School.secret)) }
            #expect(try await !school.linboctl("audit", "--json").output.contains(School.secret))
        }
    }
}
