import Foundation
import Testing

/// Uploads by stock rsync clients, with the options of `linbo_upload`, until they are live.
@Suite struct UploadTests {
    private static let announce = "http://127.0.0.1:6969/announce"
    private static let torrents = "  - torrent-create:\n      announce: \(announce)"

    /// A school with a live image of the year before.
    private static func open(
        plugins: String = torrents, uploads: String = "", _ body: (School) async throws -> Void
    ) async throws {
        try await School.open(.withUploads(plugins: plugins, uploads: uploads)) { school async throws in
            try school.write("the old image", to: "srv/images/win11/win11.qcow2")
            try school.write(
                "[\"win11.qcow2\" Info File]\ntimestamp=\"202509011200\"\nimage=\"win11.qcow2\"\nimagesize=\"13\"\n",
                to: "srv/images/win11/win11.qcow2.info")
            try school.write("2025: the old one\n", to: "srv/images/win11/win11.qcow2.desc")
            try school.write("echo old\n", to: "srv/images/win11/win11.postsync")
            try school.write("secret", to: "srv/images/win11/win11.qcow2.macct", mode: 0o600)
            try school.write("old difference", to: "srv/images/win11/win11.qdiff")
            try await body(school)
        }
    }

    @Test func aSetGoesLiveWhole() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("win11.qcow2")
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try school.write("2026: the new one\n", to: "outbox/win11.qcow2.desc")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            // On a busy machine the description may come after its set.
            for name in ["win11.qcow2.info", "win11.qcow2.desc"] { try await school.goesLive(name) }
            let status = school.status(of: school.live("win11.qcow2"))
            #expect(status.st_mode == S_IFREG | 0o664 && status.st_uid == geteuid() && status.st_nlink == 1)
            #expect(status.st_mtim.tv_sec == 1_790_000_000)
            let backup = "srv/images/win11/backups/202509011200"
            #expect(
                school.names(in: backup) == [
                    "win11.postsync", "win11.qcow2", "win11.qcow2.desc", "win11.qcow2.info", "win11.qcow2.macct",
                    "win11.qdiff", "win11.reg",
                ])
            #expect(try school.read("\(backup)/win11.qcow2") == "the old image")
            #expect(school.status(of: "\(backup)/win11.qcow2.macct").st_mode & 0o777 == 0o600)
            #expect(try school.read("srv/images/win11/win11.postsync") == "echo old\n")
            #expect(!school.exists("srv/images/win11/win11.qdiff"))
            // Without plugin macct it stays, and is told of (AdoptionTests).
            #expect(school.status(of: "srv/images/win11/win11.qcow2.macct").st_mode & 0o777 == 0o600)
            let hash = try school.read(school.live("win11.qcow2.hash"))
            let check = try await school.linboctl(
                "torrent", "check", school.tree.path + "/images/win11/win11.qcow2")
            #expect(check.status == 0 && hash.count == 41, "\(check)")
            try await school.uploadsAreDone()
            let why = try await school.linboctl("why", "pc01")
            #expect(why.output.contains("published"), "\(why)")
        }
    }

    @Test func theFirstImageOfItsNameNeedsNoOldOne() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("debian.qcow2")
            try school.makeInfo("debian.qcow2", timestamp: "202611250800")
            try await school.pushSet("debian.qcow2", as: 1)
            try await school.goesLive("debian.qcow2")
            #expect(school.backups(of: "debian").isEmpty)
            #expect(
                school.exists(school.live("debian.qcow2.torrent")) && school.exists(school.live("debian.qcow2.hash")))
            let pulled = try await school.pull("images/debian/debian.qcow2", as: 2, options: Flags.download)
            #expect(pulled.status == 0)
        }
    }

    /// Defect 15 of docs/linbo.md#defects-of-the-old-hooks: and its mode, owner and times do not change, which rsync
    /// would set in place on a hard link.
    @Test func defect15TheLiveImageIsServedDuringAnUpload() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("win11.qcow2", size: 4)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            let before = school.status(of: school.live("win11.qcow2"))
            let upload = try school.startPush(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--bwlimit=2000"])
            try await eventually("bytes come") { school.hasTemporary("127.0.0.2") }
            let pulled = try await school.pull("images/win11/win11.qcow2", as: 2, options: Flags.download)
            #expect(pulled.status == 0 && !upload.hasEnded)
            #expect(try school.received("win11.qcow2", by: 2) == "the old image")
            try await eventually("the upload ends") { upload.hasEnded }
            let after = school.status(of: school.live("win11.qcow2"))
            #expect(before.st_ino == after.st_ino && before.st_mode == after.st_mode && before.st_uid == after.st_uid)
            #expect(before.st_mtim.tv_sec == after.st_mtim.tv_sec && before.st_nlink == after.st_nlink)
        }
    }

    /// Also after a restart of the daemon.
    @Test func aBrokenUploadGoesOnFromThere() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("win11.qcow2", size: 8)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            let before = try await school.fingerprint()
            let upload = try school.startPush(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--bwlimit=1000"])
            try await eventually("most of it has come") { school.temporarySize("127.0.0.2") > 5 << 20 }
            upload.signal(SIGKILL)
            try await eventually("it is kept") { school.internalNames(in: "uploads/partial") == ["win11.qcow2"] }
            #expect(try await school.fingerprint() == before)
            _ = try await school.startSecondHand()
            let again = try await school.push(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--stats"])
            let literal = try #require(again.output.split(separator: "\n").first { $0.hasPrefix("Literal data:") })
            let count = try #require(Int(literal.filter(\.isNumber)))
            #expect(count < 4 << 20, "\(again)")
            try await school.pushSet("win11.qcow2", as: 1, suffixes: [".info"])
            try await school.goesLive("win11.qcow2")
        }
    }

    /// rsyncd killed in the middle leaves its temporary file alone.
    @Test func whatAKilledRsyncdLeftIsKept() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("win11.qcow2", size: 8)
            let before = try await school.fingerprint()
            _ = try school.startPush(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--bwlimit=1000"])
            try await eventually("much of it has come") { school.temporarySize("127.0.0.2") > 3 << 20 }
            for process in try school.uploadConnections(of: "127.0.0.2") { School.killTree(process) }
            try await eventually("it is kept") { school.internalNames(in: "uploads/partial") == ["win11.qcow2"] }
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test func theSecondOfTwoClientsIsToldBeforeItSends() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("win11.qcow2", size: 4)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            let upload = try school.startPush(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--bwlimit=2000"])
            try await eventually("bytes come") { school.temporarySize("127.0.0.2") > 0 }
            upload.signal(SIGSTOP)
            let shown = try await school.linboctl("images", "uploads", "--json")
            #expect(shown.output.contains("\"state\" : \"receiving\""), "\(shown)")
            #expect(!shown.output.contains("\"bytes\" : 0,"), "\(shown)")
            for suffix in ["", ".info"] {
                let second = try await school.push(
                    "win11.qcow2\(suffix)", to: "images/win11/win11.qcow2\(suffix)", as: 2)
                #expect(second.status != 0 && "\(second)".contains("is being uploaded by pc01"), "\(second)")
            }
            let same = try await school.push("win11.qcow2", to: "images/win11/win11.qcow2", as: 1)
            #expect(same.status != 0 && "\(same)".contains("by pc01 already"), "\(same)")
            upload.signal(SIGCONT)
            try await eventually("the first ends") { upload.hasEnded }
            #expect(upload.status == 0)
            try await school.pushSet("win11.qcow2", as: 1, suffixes: [".info"])
            try await school.goesLive("win11.qcow2")
            try await school.pushSet("win11.qcow2", as: 2)
        }
    }

    /// Its connection stays, as nobody closed it.
    @Test func aPCThatWasSwitchedOffGoesOnFromThere() async throws {
        try await Self.open(uploads: "  stalled: 1s\n") { school async throws in
            try await school.makeImage("win11.qcow2", size: 8)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            let upload = try school.startPush(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--bwlimit=1000"])
            try await eventually("most of it has come") { school.temporarySize("127.0.0.2") > 5 << 20 }
            upload.signal(SIGSTOP)
            var again: CommandResult?
            try await eventually("the next upload is taken") {
                let result = try await school.push(
                    "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--stats"])
                again = result
                return result.status == 0
            }
            let output = try #require(again?.output)
            let literal = try #require(output.split(separator: "\n").first { $0.hasPrefix("Literal data:") })
            #expect(try #require(Int(literal.filter(\.isNumber))) < 4 << 20, "\(output)")
            try await school.pushSet("win11.qcow2", as: 1, suffixes: [".info"])
            try await school.goesLive("win11.qcow2")
            upload.signalGroup(SIGKILL)
        }
    }

    /// An import of devices meanwhile: its connection is its own still.
    @Test(arguments: [["lehrer01"], []]) func aPCThatGetsAnotherNameKeepsItsUpload(_ names: [String]) async throws {
        try await Self.open { school async throws in
            let others = (2...5).map { School.row($0) }
            try school.setHosts(names.isEmpty ? others : [School.row(1)] + others)
            try await school.makeImage("win11.qcow2", size: 4)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            let upload = try school.startPush(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--bwlimit=2000"])
            try await eventually("bytes come") { school.hasTemporary("127.0.0.2") }
            let now = School.row(1).replacingOccurrences(of: "pc01", with: names.first ?? "pc01")
            try school.setHosts([now] + others)
            try await eventually("it ends") { upload.hasEnded }
            try await school.pushSet("win11.qcow2", as: 1, suffixes: [".info"])
            try await school.goesLive("win11.qcow2")
        }
    }

    /// The client was told that it went well.
    @Test(arguments: [SIGKILL, SIGTERM]) func anISOOutlivesTheDaemon(_ signal: Int32) async throws {
        try await Self.open { school async throws in
            try school.write(School.iso(size: 64 << 20), to: "outbox/tool.iso")
            let daemon = try #require(school.servers.all().first)
            let upload = try school.startPush("tool.iso", to: "tool.iso", as: 1, options: Flags.upload)
            try await eventually("it is being taken") {
                school.exists("srv/tool.iso") || !school.internalNames(in: "uploads/claimed").isEmpty
            }
            daemon.signal(signal)
            try await eventually("it ends") { upload.hasEnded }
            try await eventually("it is live") { school.exists("srv/tool.iso") }
            let isWhole = try school.bytes("srv/tool.iso") == school.bytes("outbox/tool.iso")
            #expect(upload.status == 0 && isWhole)
        }
    }

    @Test func anImageWithoutInfoGetsOne() async throws {
        try await Self.open(uploads: "  info-wait: 1s\n") { school async throws in
            try await school.makeImage("win11.qcow2", time: 1_790_000_000)
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            let info = try school.read(school.live("win11.qcow2.info"))
            #expect(info.hasPrefix("[\"win11.qcow2\" Info File]\ntimestamp=\"2026"), "\(info)")
            let size = try school.bytes("outbox/win11.qcow2").count
            #expect(info.contains("imagesize=\"\(size)\""))
        }
    }

    /// Whenever the daemon is killed: the live set is one of those that were uploaded, whole, and the last goes live.
    @Test func killedAtAnyTime() async throws {
        try await Self.open { school async throws in
            var sets = [Array("the old image".utf8): "202509011200"]
            for round in 1...8 {
                try await school.makeImage("win11.qcow2", size: 1, time: 1_790_000_000 + round)
                try school.makeInfo("win11.qcow2", timestamp: "20261125080\(round)")
                sets[try school.bytes("outbox/win11.qcow2")] = "20261125080\(round)"
                try await school.pushSet("win11.qcow2", as: 1)
                let moment = Int.random(in: 0..<500)
                try await Task.sleep(for: .milliseconds(moment))
                for server in school.servers.all() { server.signal(SIGKILL) }
                let timestamp = try #require(
                    sets[try school.bytes(school.live("win11.qcow2"))], "killed \(moment) ms after round \(round)")
                let info = try school.read(school.live("win11.qcow2.info"))
                #expect(info.contains("timestamp=\"\(timestamp)\""), "killed \(moment) ms after round \(round)")
                _ = try await school.startDaemon()
            }
            try await school.goesLive("win11.qcow2")
            try await school.uploadsAreDone()
            let kept = school.backups(of: "win11").count
            #expect((1...8).contains(kept))
            let check = try await school.linboctl("torrent", "check", school.tree.path + "/images/win11/win11.qcow2")
            #expect(check.status == 0, "\(check)")
        }
    }

    @Test func whatBelongsToALiveImageIsReplacedAlone() async throws {
        try await Self.open { school async throws in
            try school.write("2026: said better\n", to: "outbox/win11.qcow2.desc")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2.desc")
            #expect(try school.read(school.live("win11.qcow2")) == "the old image")
            #expect(school.backups(of: "win11").isEmpty)
        }
    }

    @Test func aKilledDaemonGoesOnWithWhatHasCome() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("win11.qcow2")
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.pushSet("win11.qcow2", as: 1, suffixes: [""])
            for server in school.servers.all() { server.signal(SIGKILL) }
            try await school.pushSet("win11.qcow2", as: 1, suffixes: [".info"])
            #expect(try school.read(school.live("win11.qcow2")) == "the old image")
            try await school.startDaemon()
            try await school.goesLive("win11.qcow2")
            try await eventually("the old set is a backup") { school.backups(of: "win11") == ["202509011200"] }
        }
    }
}
