import Foundation
import Testing
import Torrent

/// Torrents beside the tools of the world: the same info hash, and all take them.
@Suite struct TorrentTests {
    private static let announce = "http://127.0.0.1:6969/announce"

    private static var options: School.Options {
        var options = School.Options()
        options.plugins = "  - torrent-create:\n      announce: \(announce)\n      wait: 60s"
        return options
    }

    private static var alone: School.Options {
        var options = Self.options
        options.startsDaemon = false
        return options
    }

    /// 20 MB, a hole among them.
    private static func image(_ school: School, _ path: String = "srv/images/win11/win11.qcow2") throws -> String {
        var generator = SystemRandomNumberGenerator()
        let noise = Data((0..<1_000_000).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } })
        try school.write([], to: path)
        let file = school.directory.appendingPathComponent(path)
        let handle = try FileHandle(forWritingTo: file)
        try handle.write(contentsOf: noise)
        try handle.truncate(atOffset: 12_000_000)
        try handle.seekToEnd()
        try handle.write(contentsOf: noise + Data([1]))
        try handle.close()
        return file.path
    }

    private static func run(_ words: String...) async throws -> CommandResult {
        let result = try await Command.run("/usr/bin/\(words[0])", Array(words.dropFirst()))
        #expect(result.status == 0, "\(words): \(result)")
        return result
    }

    /// As transmission-show says it.
    private static func infoHash(_ torrent: String) async throws -> Substring? {
        try await run("transmission-show", torrent).output.split(separator: "\n").first { $0.contains("Hash") }?
            .split(separator: " ").last
    }

    // MARK: linboctl

    @Test(arguments: [18, 19]) func theInfoHashIsThatOfOtherTools(_ power: Int) async throws {
        try await School.open(Self.options) { school async throws in
            let image = try Self.image(school)
            let made = try await school.linboctl("torrent", "create", image, "--piece-length", "\(1 << power)")
            #expect(made.status == 0 && made.errors.isEmpty, "\(made)")
            let hash = try #require(try await Self.infoHash(image + ".torrent"))
            #expect(try school.read("srv/images/win11/win11.qcow2.hash") == "\(hash)\n")
            let theirs = school.directory.path
            _ = try await Self.run("mktorrent", "-l", "\(power)", "-a", Self.announce, "-o", theirs + "/mk", image)
            _ = try await Self.run(
                "ctorrent", "-t", "-u", Self.announce, "-l", "\(1 << power)", "-s", theirs + "/ct", image)
            _ = try await Self.run(
                "buildtorrent", "-l", "\(1 << power)", "--announce", Self.announce, image, theirs + "/bt")
            for tool in ["mk", "ct", "bt"] {
                #expect(try await Self.infoHash("\(theirs)/\(tool)") == hash, "\(tool)")
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(theirs)/\(tool)"))
                #expect(try TorrentFile(parsing: Array(bytes)).infoHash.description == hash, "\(tool)")
            }
        }
    }

    @Test func otherToolsTakeIt() async throws {
        try await School.open(Self.options) { school async throws in
            let image = try Self.image(school)
            #expect(try await school.linboctl("torrent", "create", image).status == 0)
            #expect(try await Self.run("transmission-show", image + ".torrent").output.contains(Self.announce))
            #expect(try await Self.run("ctorrent", "-x", image + ".torrent").output.contains("win11.qcow2 [20000001]"))
            let check = ["--check-integrity=true", "--hash-check-only=true", "-d", "\(school.tree.path)/images/win11"]
            let words = check + [image + ".torrent"]
            let whole = try await Command.run("/usr/bin/aria2c", words)
            #expect(whole.status == 0 && whole.output.contains("Verification finished successfully"), "\(whole)")
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: image))
            try handle.seek(toOffset: 9_000_000)
            try handle.write(contentsOf: Data([1]))
            try handle.close()
            #expect(try await Command.run("/usr/bin/aria2c", words).status != 0)
        }
    }

    @Test func checkTellsWhatIsWrong() async throws {
        try await School.open(Self.alone) { school async throws in
            let image = try Self.image(school)
            #expect(try await school.linboctl("torrent", "check", image).status == 1)
            // No configuration, as all is given.
            let create = ["torrent", "create", "--config", "/nonexistent", "--json", image]
            let without = try await Command.run(Programs.linboctl, create)
            #expect(without.status == 1 && without.errors.contains("/nonexistent"), "\(without)")
            let made = try await Command.run(Programs.linboctl, create + ["--announce", "udp://10.0.0.1:6969"])
            #expect(made.status == 0 && made.errors.isEmpty && made.output.contains("\"pieces\" : 39"), "\(made)")
            let fits = try await school.linboctl("torrent", "check", image, "--json")
            #expect(fits.status == 0 && fits.output.contains("\"fits\" : true"), "\(fits)")
            try school.write("0123\n", to: "srv/images/win11/win11.qcow2.hash")
            let hash = try await school.linboctl("torrent", "check", image + ".torrent")
            #expect(hash.status == 1 && hash.output.contains("another info hash"), "\(hash)")
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: image))
            try handle.seek(toOffset: 524_288)
            try handle.write(contentsOf: Data([1, 2, 3]))
            try handle.close()
            let wrong = try await school.linboctl("torrent", "check", image, "--json")
            #expect(wrong.status == 1 && wrong.output.contains("\"firstWrongPiece\" : 1"), "\(wrong)")
            try school.write("none", to: "srv/images/win11/win11.qcow2.torrent")
            let none = try await school.linboctl("torrent", "check", image)
            #expect(none.status == 1 && none.output.contains("no torrent of one file"), "\(none)")
            let missing = try await school.linboctl(
                "torrent", "create", image + "x", image, "--announce", "udp://10.0.0.1:6969")
            #expect(missing.status == 1 && missing.output.contains("win11.qcow2.torrent"), "\(missing)")
        }
    }

    @Test(arguments: [
        ["create"], ["create", "x", "--piece-length", "500000"], ["create", "x", "--jobs", "0"],
        ["create", "x", "y", "--output", "z"], ["create", "x", "--announce", "nowhere"], ["check"],
    ])
    func wrongUsageEndsWith2(_ words: [String]) async throws {
        let result = try await Command.run(Programs.linboctl, ["torrent"] + words)
        #expect(result.status == 2 && !result.errors.isEmpty, "\(result)")
    }

    // MARK: The plugin

    private static func hashings(_ school: School) throws -> Int {
        try school.read("hookd.log").split(separator: "\n").count { $0.contains("hashed in") }
    }

    /// As LINBO clients ask, all at once.
    @Test func sixteenClientsHaveItHashedOnce() async throws {
        try await School.open(Self.options) { school async throws in
            let image = try Self.image(school)
            let before = try await school.fingerprint()
            let probe = try await school.pull(
                "images/win11/win11.qcow2.torrent", as: 1, options: ["-HaLz", "--dry-run"])
            #expect(probe.status == 23, "\(probe)")
            #expect(try Self.hashings(school) == 0)
            try await withThrowingTaskGroup(of: CommandResult.self) { group in
                for host in 1...16 {
                    let name = host % 4 == 0 ? "hash" : "torrent"
                    group.addTask { try await school.pull("images/win11/win11.qcow2.\(name)", as: host) }
                }
                for try await result in group { #expect(result.status == 0, "\(result)") }
            }
            #expect(try Self.hashings(school) == 1)
            let torrent = try Data(contentsOf: school.inbox("127.0.0.2").appendingPathComponent("win11.qcow2.torrent"))
            let parsed = try TorrentFile(parsing: Array(torrent))
            #expect(try TorrentCheck(parsed, image: image) == .fits)
            #expect(parsed.announce == Self.announce)
            #expect(try school.received("win11.qcow2.hash", by: 4) == parsed.infoHash.line)
            #expect(try await school.fingerprint() == before)
            // Another daemon has it, too.
            _ = try await school.startSecondHand()
            #expect(try await school.pull("images/win11/win11.qcow2.torrent", as: 20).status == 0)
            #expect(try Self.hashings(school) == 1)
        }
    }

    @Test func anUploadedTorrentThatIsNotOlderIsServed() async throws {
        try await School.open(Self.options) { school async throws in
            let image = try Self.image(school)
            _ = try await Self.run(
                "mktorrent", "-l", "18", "-a", "http://other/announce", "-o", image + ".torrent", image)
            for name in ["win11.qcow2.torrent", "win11.qcow2.hash"] {
                let pulled = try await school.pull("images/win11/\(name)", as: 3)
                #expect(pulled.status == 0, "\(pulled)")
            }
            let torrent = try Data(contentsOf: URL(fileURLWithPath: image + ".torrent"))
            let received = school.inbox("127.0.0.4").appendingPathComponent("win11.qcow2.torrent")
            #expect(try Data(contentsOf: received) == torrent)
            #expect(
                try school.received("win11.qcow2.hash", by: 3) == TorrentFile(parsing: Array(torrent)).infoHash.line)
            #expect(try Self.hashings(school) == 0)
        }
    }

    // MARK: The swarm

    private static func aria2c(_ school: School, _ address: String, _ directory: String, _ more: [String]) throws
        -> Server
    {
        let server = try Server(
            "/usr/bin/aria2c",
            [
                "--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false", "--disable-ipv6=true",
                "--no-conf=true", "--enable-color=false", "--interface=\(address)",
                "--listen-port=\(try FreePort.next())", "-d", "\(school.directory.path)/\(directory)",
            ] + more + [school.directory.path + "/inbox/127.0.0.2/win11.qcow2.torrent"],
            log: school.directory.appendingPathComponent("\(directory).log"))
        school.servers.add(server)
        return server
    }

    /// With the torrent that a client got, and its `.hash` as the tracker's whitelist.
    @Test func aSwarmTransfersTheImage() async throws {
        let tracker = try FreePort.next()
        var options = Self.options
        options.plugins = "  - torrent-create:\n      announce: http://127.0.0.1:\(tracker)/announce\n      wait: 60s"
        try await School.open(options) { school async throws in
            let image = try Self.image(school)
            for name in ["torrent", "hash"] {
                #expect(try await school.pull("images/win11/win11.qcow2.\(name)", as: 1).status == 0)
            }
            try school.write(try school.received("win11.qcow2.hash", by: 1), to: "tracker/whitelist")
            let opentracker = try Server(
                "/usr/bin/opentracker",
                [
                    "-i", "127.0.0.1", "-p", "\(tracker)", "-P", "\(tracker)", "-d", school.directory.path + "/tracker",
                    "-w", "whitelist",
                ], log: school.directory.appendingPathComponent("tracker.log"))
            school.servers.add(opentracker)
            try await eventually("the tracker answers") {
                try await Command.run("/usr/bin/curl", ["-s", "http://127.0.0.1:\(tracker)/stats"]).status == 0
            }
            for directory in ["seed", "leech"] {
                try FileManager.default.createDirectory(
                    at: school.directory.appendingPathComponent(directory), withIntermediateDirectories: true)
            }
            try FileManager.default.copyItem(atPath: image, toPath: school.directory.path + "/seed/win11.qcow2")
            let seed = try Self.aria2c(school, "127.0.0.2", "seed", ["-V", "--seed-ratio=0.0"])
            try await eventually("the seeder has checked its image") { seed.logged.contains("listening on TCP") }
            let leech = try Self.aria2c(school, "127.0.0.3", "leech", ["--seed-time=0"])
            try await eventually("the image is there: \(leech.logged)", within: .seconds(120)) { leech.hasEnded }
            #expect(leech.status == 0, "\(leech.logged)")
            let same = try await Command.run("/usr/bin/cmp", [image, school.directory.path + "/leech/win11.qcow2"])
            #expect(same.status == 0, "\(same)")
            #expect(!seed.hasEnded && !opentracker.hasEnded)
        }
    }
}
