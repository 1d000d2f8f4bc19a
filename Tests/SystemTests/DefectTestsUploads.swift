import Foundation
import HookHost
import HookStore
import Testing

/// What upstream's upload hooks do wrong (docs/linbo.md#defects-of-the-old-hooks), each by its number.
@Suite struct DefectTestsUploads {
    private static func open(
        uploads: String = "", plugins: String = "  - torrent-create:\n      announce: http://127.0.0.1:6969/announce",
        _ body: (School) async throws -> Void
    ) async throws {
        try await School.open(.withUploads(plugins: plugins, uploads: uploads)) { school async throws in
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await body(school)
        }
    }

    @Test(
        "defect 10: an .info is data, never run",
        arguments: ["$(touch {ran})", "`touch {ran}`", "x\"; touch {ran}; \""])
    func infoIsData(_ text: String) async throws {
        try await Self.open { school async throws in
            let ran = school.directory.path + "/ran"
            let value = text.replacing("{ran}", with: ran)
            try school.makeInfo("win11.qcow2", timestamp: value)
            try await school.isQuarantined("win11.qcow2", because: "win11.qcow2")
            #expect(!school.exists("ran"))
        }
    }

    @Test("defect 13: a dry run of an upload changes nothing")
    func dryRun() async throws {
        try await Self.open { school async throws in
            let before = try await school.fingerprint()
            let result = try await school.push(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["-n"])
            #expect(result.status == 0, "\(result)")
            try await school.uploadsAreDone()
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("defect 14: what an old hook left as .BAK is left alone")
    func oldBackup() async throws {
        try await Self.open { school async throws in
            try school.write("the last good copy", to: "srv/images/win11/win11.qcow2.BAK")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            #expect(try school.read("srv/images/win11/win11.qcow2.BAK") == "the last good copy")
        }
    }

    @Test("defects 16 and 17: a broken upload leaves neither a torn image nor another account")
    func broken() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("debian.qcow2", size: 4)
            try school.write("hash", to: "srv/images/win11/win11.qcow2.macct", mode: 0o600)
            let before = try await school.fingerprint()
            for (image, host) in [("win11.qcow2", 1), ("debian.qcow2", 2)] {
                let base = image.split(separator: ".")[0]
                let upload = try school.startPush(
                    image, to: "images/\(base)/\(image)", as: host, options: Flags.upload + ["--bwlimit=500"])
                try await eventually("bytes come") {
                    school.internalNames(in: "uploads/views/127.0.0.\(host + 1)/images/\(base)").contains {
                        $0.hasPrefix(".\(image)")
                    }
                }
                upload.signal(SIGKILL)
            }
            try await eventually("both are over") {
                ["127.0.0.2", "127.0.0.3"].allSatisfy { school.internalNames(in: "uploads/views/\($0)").isEmpty }
            }
            #expect(try await school.fingerprint() == before)
            #expect(!school.exists("srv/images/debian"))
        }
    }

    @Test("defect 19: images whose names begin alike are not mixed up")
    func namesBeginAlike() async throws {
        try await Self.open { school async throws in
            for name in ["win1.qcow2", "win10.qcow2"] {
                try school.write("old \(name)", to: "srv/\(school.live(name).dropFirst(4))")
                try school.write("2025: old \(name)", to: "srv/\(school.live(name).dropFirst(4)).desc")
                try await school.makeImage(name, size: 1)
                try school.makeInfo(name, timestamp: "202611250800")
            }
            try await school.pushSet("win10.qcow2", as: 1, suffixes: [""])
            try await school.pushSet("win1.qcow2", as: 1)
            try await school.goesLive("win1.qcow2")
            let backup = try #require(school.backups(of: "win1").first)
            #expect(school.names(in: "srv/images/win1/backups/\(backup)").allSatisfy { $0.hasPrefix("win1.") })
            #expect(try school.read(school.live("win10.qcow2")) == "old win10.qcow2")
            try await school.pushSet("win10.qcow2", as: 1, suffixes: [".info"])
            try await school.goesLive("win10.qcow2")
        }
    }

    @Test("defect 20: a backup has its own set's time, whatever lies beside it")
    func backupTime() async throws {
        try await Self.open { school async throws in
            func info(_ name: String, _ time: String) -> String {
                "[\"\(name)\" Info File]\ntimestamp=\"\(time)\"\nimage=\"\(name)\"\nimagesize=\"5\"\n"
            }
            try school.write(info("win11.qcow2", "202501020304"), to: "srv/images/win11/win11.qcow2.info")
            try school.write(info("win11.qdiff", "202506070809"), to: "srv/images/win11/win11.qdiff.info")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            #expect(school.backups(of: "win11") == ["202501020304"])
            #expect(school.exists("srv/images/win11/backups/202501020304/win11.qdiff.info"))
        }
    }

    @Test("defect 21: an old set without .info has its backup, and a file at the root leaves nothing behind")
    func noInfo() async throws {
        try await Self.open { school async throws in
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            let backup = try #require(school.backups(of: "win11").first)
            #expect(try school.read("srv/images/win11/backups/\(backup)/win11.qcow2") == "image")
            try school.write("old", to: "srv/rescue.iso")
            let new = School.iso(size: 1 << 17)
            try school.write(new, to: "outbox/rescue.iso")
            let names = school.names(in: "srv")
            let result = try await school.push("rescue.iso", to: "rescue.iso", as: 1)
            #expect(result.status == 0, "\(result)")
            try await eventually("it is live") { try school.bytes("srv/rescue.iso") == new }
            #expect(school.names(in: "srv") == names)
        }
    }

    @Test("defects 22, 37 and 42: no other directory than the image's, nothing left over, nothing of it listed")
    func nothingElse() async throws {
        try await Self.open { school async throws in
            try school.write("old", to: "srv/images/tmp/win11.qcow2")
            try school.write("old", to: "srv/images/win11/.win11.qcow2.AbCdEf")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            try await school.uploadsAreDone()
            #expect(school.names(in: "srv/images") == ["tmp", "win11"])
            let list = try await school.list("images/", as: 2, options: ["-r"])
            for hidden in ["backups", "tmp", ".AbCdEf", ".BAK", "uploads"] {
                #expect(!list.output.contains(hidden), "\(list)")
            }
            for path in ["images/win11/backups/", "images/tmp/win11.qcow2", "images/win11/.win11.qcow2.AbCdEf"] {
                #expect(try await school.pull(path, as: 2, options: ["-r"]).status == 23)
            }
        }
    }

    @Test("defect 23: until the set is whole, clients have the old image and the old .info")
    func wholeSets() async throws {
        try await Self.open { school async throws in
            let old =
                "[\"win11.qcow2\" Info File]\ntimestamp=\"202501020304\"\nimage=\"win11.qcow2\"\nimagesize=\"5\"\n"
            try school.write(old, to: "srv/images/win11/win11.qcow2.info")
            try await school.pushSet("win11.qcow2", as: 1, suffixes: [""])
            try await eventually("it waits for its .info") {
                school.internalNames(in: "uploads/sets") == ["win11.qcow2", "win11.qcow2.json"]
            }
            for host in 2...4 {
                for name in ["win11.qcow2", "win11.qcow2.info"] {
                    _ = try await school.pull("images/win11/\(name)", as: host, options: Flags.download)
                }
                #expect(try school.received("win11.qcow2", by: host) == "image")
                #expect(try school.received("win11.qcow2.info", by: host) == old)
            }
            try await school.pushSet("win11.qcow2", as: 1, suffixes: [".info"])
            try await school.goesLive("win11.qcow2")
            #expect(try school.bytes(school.live("win11.qcow2.info")) == school.bytes("outbox/win11.qcow2.info"))
        }
    }

    @Test("defect 24: a client that sends a torrent and no .hash", arguments: [262_144, 524_288])
    func noHash(_ pieceLength: Int) async throws {
        try await Self.open { school async throws in
            try school.write("0123456789012345678901234567890123456789\n", to: "srv/images/win11/win11.qcow2.hash")
            let made = try await school.linboctl(
                "torrent", "create", school.outbox("win11.qcow2").path, "--piece-length", "\(pieceLength)")
            #expect(made.status == 0, "\(made)")
            let hash = try school.read("outbox/win11.qcow2.hash")
            try await school.pushSet("win11.qcow2", as: 1, suffixes: ["", ".info", ".torrent"])
            try await school.goesLive("win11.qcow2.torrent")
            #expect(try school.read(school.live("win11.qcow2.hash")) == hash)
        }
    }

    @Test("defect 24: a torrent that is none of the image is replaced, and said so")
    func wrongTorrent() async throws {
        try await Self.open { school async throws in
            var bytes = try school.bytes("outbox/win11.qcow2")
            bytes[bytes.count / 2] ^= 1
            try school.write(bytes, to: "outbox/other/win11.qcow2")
            _ = try await school.linboctl("torrent", "create", school.outbox("other/win11.qcow2").path)
            try FileManager.default.moveItem(
                at: school.outbox("other/win11.qcow2.torrent"), to: school.outbox("win11.qcow2.torrent"))
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            let check = try await school.linboctl("torrent", "check", school.tree.path + "/images/win11/win11.qcow2")
            #expect(check.status == 0, "\(check)")
            #expect(try await school.audit().contains { $0.reason?.contains("does not fit, and was replaced") == true })
        }
    }

    @Test("defect 25: an upload restarts nothing; whoever seeds is told")
    func events() async throws {
        try await Self.open { school async throws in
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            let events = try await school.linboctl("events", "--once", "--json")
            let event = try JSONDecoder().decode(Event.self, from: Data(events.output.utf8))
            #expect(event.kind == .imagePublished && event.subject == "win11.qcow2" && event.data["by"] == "pc01")
        }
    }

    @Test("defect 26: what is replaced while PCs fetch it is old or new")
    func plainFiles() async throws {
        try await Self.open { school async throws in
            let old = school.randomBytes(1 << 20)
            try school.write(old, to: "srv/rescue.iso")
            try school.write(School.iso(size: 2 << 20), to: "outbox/rescue.iso")
            let upload = try school.startPush(
                "rescue.iso", to: "rescue.iso", as: 1, options: Flags.upload + ["--bwlimit=1500"])
            var pulls = 0
            while !upload.hasEnded {
                _ = try await school.pull("rescue.iso", as: 2, options: Flags.download)
                if !upload.hasEnded { #expect(try school.receivedBytes("rescue.iso", by: 2) == old) }
                pulls += 1
            }
            #expect(pulls > 2)
            let new = try school.bytes("outbox/rescue.iso")
            try await eventually("it is live") { try school.bytes("srv/rescue.iso") == new }
        }
    }

    @Test("defect 39: nothing is downloaded through the module for uploads")
    func sender() async throws {
        try await Self.open { school async throws in
            let before = try await school.fingerprint()
            let result = try await Command.run(
                Programs.rsync,
                [
                    "--address=127.0.0.2",
                    "rsync://linbo@127.0.0.1:\(school.port)/linbo-upload/images/win11/win11.qcow2",
                    school.outbox("got").path,
                ], environment: ["RSYNC_PASSWORD": School.secret])
            #expect(result.status != 0)
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test(
        "what all PCs boot by is changed on the server only",
        arguments: ["linbo64", "start.conf.win11", "boot/grub/grub.cfg", "linbocmd/pc02.cmd", "images/win11/win11.reg"])
    func bootFiles(_ path: String) async throws {
        try await Self.open { school async throws in
            let before = try await school.fingerprint()
            let result = try await school.push("win11.qcow2.info", to: path, as: 1)
            #expect(result.status != 0 && "\(result)".contains("\(path)"), "\(result)")
            try await school.uploadsAreDone()
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("defect 43: names with blanks and worse", arguments: ["win 11", "win;11", "$(id)", "-rf", "win*", "win'11"])
    func names(_ base: String) async throws {
        try await Self.open { school async throws in
            let before = try await school.fingerprint()
            let result = try await school.push("win11.qcow2", to: "images/\(base)/\(base).qcow2", as: 1)
            #expect(result.status != 0 && "\(result)".contains("is no file of an image"), "\(result)")
            try await school.uploadsAreDone()
            #expect(try await school.fingerprint() == before)
            // rsync itself takes a dash for an option.
            guard base != "-rf" else { return }
            let plain = try await school.push(
                "win11.qcow2.info", to: "\(base) \(base).iso", as: 1, options: ["-a", "-s"])
            #expect(plain.status != 0 && "\(plain)".contains("rename it"), "\(plain)")
        }
    }
}
