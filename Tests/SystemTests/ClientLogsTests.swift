import Foundation
import Glibc
import HookStore
import HookTesting
import Testing

/// What PCs send by asking for it, with PCs whose ssh is LINBO's.
@Suite(.enabled(if: Namespace.isRoot, "as root")) struct ClientLogsTests {
    /// A school, and how the PC of a host is switched on.
    private static func open(
        _ settings: String = "", hosts: Int = 9,
        _ body: (School, @escaping @Sendable (Int) async throws -> LinboPC) async throws -> Void
    ) async throws {
        let port = try FreePort.next()
        var options = School.Options()
        options.plugins = "  - onboot-cmd\n  - client-logs:\n      wait: 30s\n\(settings)"
        options.hosts = hosts
        options.extra = "remote: {key: \"{directory}/pcs/id\", port: \(port)}"
        try await School.open(options) { school in
            try FileManager.default.createDirectory(
                atPath: school.tree.path + "/log", withIntermediateDirectories: true)
            let pcs = try await LinboPCs(in: school.directory.appending(path: "pcs"))
            try await body(school) { number in
                try await pcs.start("pc\(number)", at: SocketAddress("127.0.0.\(number + 1)", port))
            }
        }
    }

    /// What a PC's `linbo_update` and its like do: the file, the request, and the file is gone.
    private static func send(
        _ text: String, _ file: String = "linbo.log", by pc: LinboPC, as host: Int, _ school: School
    ) async throws {
        let place = pc.directory.appending(path: "tmp/\(file)")
        try text.write(to: place, atomically: true, encoding: .utf8)
        try await sendWhatIsThere(file, by: pc, as: host, school)
    }

    private static func sendWhatIsThere(_ file: String, by pc: LinboPC, as host: Int, _ school: School) async throws {
        let path = file == "hwinfo.gz" ? "tmp/\(file)" : "/tmp/\(file)"
        let result = try await school.pull(path, as: host, options: Flags.trigger)
        #expect(result.status == 23, "\(result)")
        try FileManager.default.removeItem(at: pc.directory.appending(path: "tmp/\(file)"))
    }

    private static func own(_ school: School, _ path: String) -> String? {
        try? school.read("state/client-logs/\(path)")
    }

    @Test("a PC's log, images and hardware are on the server when its requests are answered; it gets no byte")
    func all() async throws {
        try await Self.open { school, start in
            let pc = try await start(1)
            try await Self.send("### 20261128-074501 linbo_update ###\nüber\n", by: pc, as: 1, school)
            #expect(try school.read("srv/log/pc01_linbo.log") == "### 20261128-074501 linbo_update ###\nüber\n")
            #expect(Self.own(school, "pc01/linbo.log") == "### 20261128-074501 linbo_update ###\nüber\n")
            try await Self.send("Direct firmware load for rtl_nic/x.fw failed\n", by: pc, as: 1, school)
            let log = try await school.linboctl("logs", "pc01")
            #expect(log.status == 0 && log.output.hasSuffix("über\nDirect firmware load for rtl_nic/x.fw failed\n"))

            let report = pc.directory.appending(path: "tmp/hwinfo")
            try "1: None 00.0: 10102 Main Memory\n  Hardware Class: memory\n  Memory Size: 16 GB\n"
                .write(to: report, atomically: true, encoding: .utf8)
            #expect(try await Command.run("/usr/bin/gzip", [report.path]).status == 0)
            try await Self.sendWhatIsThere("hwinfo.gz", by: pc, as: 1, school)
            #expect(school.exists("srv/log/pc01_hwinfo.gz"))
            let hardware = try await school.linboctl("hardware", "pc01").output
            #expect(hardware.contains("16 GiB") && hardware.contains("rtl_nic/x.fw"))

            try school.write(
                "[\"win11.qcow2\" Info File]\ntimestamp=\"202611281200\"\nimage=\"win11.qcow2\"\nimagesize=\"5\"\n",
                to: "srv/images/win11/win11.qcow2.info")
            try await Self.send(
                "202611281245 applied: win11.qcow2 \"202610281200\"\n", "image.status", by: pc, as: 1, school)
            let images = try await school.linboctl("client-images", "--image", "win11", "--outdated")
            #expect(images.status == 0 && images.output.split(separator: "\n").count == 2)
            #expect(images.output.contains("pc01  win11.qcow2  2026-10-28 12:00  2026-11-28 12:00  outdated"))
            #expect(try await school.linboctl("client-images", "--image", "win12").status == 1)
            #expect(try await school.linboctl("logs", "pc02").errors.contains("pc02 has sent no log yet"))
            #expect(try school.inboxFiles(of: 1).isEmpty)
            let reasons = try await school.audit().compactMap(\.reason)
            #expect(reasons.contains { $0.contains("image.status was fetched: win11.qcow2") })
        }
    }

    @Test(
        "a PC whose ssh comes up later is answered at once; a job fetches what it has by then, and who follows sees it")
    func later() async throws {
        try await Self.open { school, start in
            for path in ["/tmp/linbo.log", "/tmp/linbo.log", "/tmp/image.status"] {
                #expect(try await school.pull(path, as: 1, options: Flags.trigger).status == 23)
            }
            let following = try Server(
                Programs.linboctl, ["--config", school.config.path, "logs", "pc01", "--follow"],
                log: school.directory.appending(path: "follow.log"))
            school.servers.add(following)
            let pc = try await start(1)
            try "merged by init\n".write(
                to: pc.directory.appending(path: "tmp/linbo.log"), atomically: true, encoding: .utf8)
            try await eventually("the log is there") {
                (try? school.read("srv/log/pc01_linbo.log")) == "merged by init\n"
            }
            try await eventually("who follows sees it") { following.logged.contains("merged by init") }
            try await eventually("its job is done") {
                try await school.linboctl("jobs", "--all", "--kind", "client-logs.fetch").output
                    .contains("linbo.log was fetched, 15 B of it new")
            }
            // The PC has it still, and sends it with more.
            try await Self.send("merged by init\nand more\n", by: pc, as: 1, school)
            #expect(try school.read("srv/log/pc01_linbo.log") == "merged by init\nand more\n")
            try await eventually("who follows sees that, too") { following.logged.contains("and more") }
        }
    }

    @Test("defects 2 and 3: neither a stranger nor another path has anything fetched, and no probe")
    func nothing() async throws {
        try await Self.open { school, start in
            let (stranger, pc) = (try await start(200), try await start(1))
            for directory in [stranger.directory, pc.directory] {
                for file in ["linbo.log", "image.status", "other.log", "hwinfo"] {
                    try "secret\n".write(
                        to: directory.appending(path: "tmp/\(file)"), atomically: true, encoding: .utf8)
                }
            }
            for path in ["/tmp/linbo.log", "/tmp/image.status", "tmp/hwinfo.gz"] {
                _ = try await school.pull(path, as: 200, options: Flags.trigger)
            }
            for path in [
                "tmp/other.log", "tmp/hwinfo", "etc/passwd", "tmp/../tmp/linbo.log.", "linbo.log", "tmp/",
                "tmp/a -e /tmp/evil b.log", "tmp/linbo.log -e x", "../../etc/x.status",
            ] {
                _ = try await school.pull(path, as: 1, options: Flags.trigger)
            }
            for options in [Flags.probe, ["-n"], ["--list-only"]] {
                _ = try await school.pull("/tmp/linbo.log", as: 1, options: options)
            }
            #expect(try await school.linboctl("explain", "pc01", "tmp/linbo.log").status == 0)
            try await school.settled()
            #expect(!school.exists("state/client-logs"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: school.tree.path + "/log").isEmpty)
            #expect(try await school.linboctl("jobs", "--all", "--json").output.contains("client-logs") == false)
        }
    }

    @Test("defect 3: a log is fetched from the PC that asks, and from no other")
    func ownAddress() async throws {
        try await Self.open { school, start in
            let (first, second) = (try await start(1), try await start(2))
            try await Self.send("of pc02\n", by: second, as: 2, school)
            try "of pc01\n".write(
                to: first.directory.appending(path: "tmp/linbo.log"), atomically: true, encoding: .utf8)
            for path in ["pc01/tmp/linbo.log", "127.0.0.2/tmp/linbo.log", "127.0.0.2:/tmp/linbo.log"] {
                _ = try await school.pull(path, as: 2, options: Flags.trigger)
            }
            try await school.settled()
            #expect(try school.read("srv/log/pc02_linbo.log") == "of pc02\n")
            #expect(!school.exists("srv/log/pc01_linbo.log") && Self.own(school, "pc01/linbo.log") == nil)
        }
    }

    @Test("defects 8 and 38: what is kept of PCs, and real files of such names, stay whoever asks for them")
    func realFiles() async throws {
        try await Self.open { school, start in
            let pc = try await start(1)
            try await Self.send("of pc01\n", by: pc, as: 1, school)
            let real = [
                "winact/52:54:00:00:00:01.win11.winact.tar.gz", "icons/notes.log", "examples/image.status",
                "tmp/other.log",
            ]
            // What lies at the place of a request is nobody's, and stays.
            let hidden = ["tmp/linbo.log", "tmp/image.status", "tmp/hwinfo.gz"]
            for path in real + hidden { try school.write("real \(path)", to: "srv/\(path)") }
            for number in [1, 2] {
                for path in ["log/pc01_linbo.log", "log//pc01_linbo.log", "log/"] + hidden {
                    _ = try await school.pull(path, as: number, options: Flags.trigger)
                    #expect(try school.inboxFiles(of: number).isEmpty, "\(path)")
                }
                for path in real {
                    let result = try await school.pull(path, as: number, options: Flags.trigger, into: "real")
                    #expect(result.status == 0, "\(path): \(result)")
                }
            }
            for path in real + hidden { #expect(try school.read("srv/\(path)") == "real \(path)") }
            #expect(try school.read("srv/log/pc01_linbo.log") == "of pc01\n")
            #expect(Self.own(school, "pc01/linbo.log") == "of pc01\n")
        }
    }

    @Test("defect 27: sixty PCs send their logs at once, and each one's is on the server, whole and nobody else's")
    func sixty() async throws {
        try await Self.open(hosts: 60) { school, start in
            let filler = String(repeating: "x", count: 100_000)
            try await withThrowingTaskGroup(of: LinboPC.self) { group in
                for number in 1...60 { group.addTask { try await start(number) } }
                var pcs: [LinboPC] = []
                for try await pc in group { pcs.append(pc) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for pc in pcs {
                        group.addTask {
                            let number = (Int(pc.address.host.split(separator: ".")[3]) ?? 0) - 1
                            try await Self.send(
                                "begin \(number)\n\(filler)\nend \(number)\n", by: pc, as: number, school)
                        }
                    }
                    try await group.waitForAll()
                }
            }
            for number in 1...60 {
                let name = number < 10 ? "pc0\(number)" : "pc\(number)"
                // One that was not reached at once is fetched later, if it has it still: these do not.
                #expect(try school.read("srv/log/\(name)_linbo.log") == "begin \(number)\n\(filler)\nend \(number)\n")
                #expect(try school.inboxFiles(of: number).isEmpty)
            }
        }
    }

    @Test("a link that nobody has planted at a log's place is not followed, and is told")
    func planted() async throws {
        try await Self.open { school, start in
            try school.write("root's own\n", to: "secret")
            for file in ["linbo.log", "image.status"] {
                try school.link("srv/log/pc01_\(file)", to: school.directory.path + "/secret")
            }
            let pc = try await start(1)
            try await Self.send("mine\n", by: pc, as: 1, school)
            try await Self.send(
                "202611281245 applied: win11.qcow2 \"202610281200\"\n", "image.status", by: pc, as: 1, school)
            #expect(try school.read("secret") == "root's own\n")
            #expect(Self.own(school, "pc01/linbo.log") == "mine\n")
            #expect(try school.read("srv/log/pc01_image.status").hasPrefix("202611281245"))
            #expect(try await school.linboctl("status").output.contains("pc01_linbo.log"))
        }
    }

    @Test("linbo7 issue 171: a PC with two systems keeps both")
    func twoSystems() async throws {
        try await Self.open { school, start in
            let pc = try await start(1)
            let lines = ["win11", "ubuntu"].map { "202611281245 applied: \($0).qcow2 \"202610281200\"\n" }
            for line in lines { try await Self.send(line, "image.status", by: pc, as: 1, school) }
            #expect(try school.read("srv/log/pc01_image.status") == lines.joined())
        }
    }

    @Test("a room sends at once; also while the daemon is stopped, and each log is its own PC's")
    func room() async throws {
        try await Self.open { school, start in
            var pcs: [LinboPC] = []
            for number in 1...6 { pcs.append(try await start(number)) }
            func sendAll(_ text: String) async throws {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, pc) in pcs.enumerated() {
                        group.addTask { try await Self.send("\(text) \(index + 1)\n", by: pc, as: index + 1, school) }
                    }
                    try await group.waitForAll()
                }
            }
            try await sendAll("first")
            try await school.stopDaemon()
            try await sendAll("second")
            for number in 1...6 {
                #expect(try school.read("srv/log/pc0\(number)_linbo.log") == "first \(number)\nsecond \(number)\n")
            }
        }
    }
}
