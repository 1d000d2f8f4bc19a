import Foundation
import Glibc
import HookStore
import HookTesting
import LinuxKit
import Testing

/// linboctl by upstream's names, as the web interface and admins' scripts call them, with PCs whose ssh is LINBO's.
@Suite struct DropInTests {
    /// A school with programs by those names, its PCs' ssh, and a directory for logs.
    private struct Place: Sendable {
        let school: School
        let pcs: LinboPCs
        let port: UInt16

        func start(_ number: Int) async throws -> LinboPC {
            try await pcs.start("pc0\(number)", at: SocketAddress("127.0.0.\(number + 1)", port))
        }

        var environment: [String: String] {
            [
                "LINBO_HOOKD_CONFIG": school.config.path, "HOME": school.directory.path, "LC_ALL": "C", "TZ": "UTC",
            ]
        }

        func run(_ program: String, _ words: [String]) async throws -> CommandResult {
            try await Command.run(
                school.directory.appending(path: program).path, words, environment: environment)
        }

        func remote(_ line: String) async throws -> CommandResult {
            try await run("linbo-remote", line.split(separator: " ").map(String.init))
        }

        func log(_ host: String) -> String { (try? school.read("log/\(host).linbo-remote")) ?? "" }

        func waits(_ host: String) async throws -> [String] {
            struct Entry: Decodable { let host, command: String }
            let text = try await school.linboctl("onboot", "list", host, "--json").output
            return try JSONDecoder().decode([Entry].self, from: Data(text.utf8)).map(\.command)
        }
    }

    private static func open(hosts rows: [String] = [], _ body: (Place) async throws -> Void) async throws {
        let port = try FreePort.next()
        var options = School.Options()
        options.hosts = 9
        options.extra = """
            remote:
              key: {directory}/pcs/id
              port: \(port)
              seen: 20s
              lost: 10s
              log-directory: {directory}/log
            """
        try await School.open(options) { school in
            if !rows.isEmpty { try school.setHosts((1...9).map { School.row($0) } + rows) }
            for name in ["linbo-remote", "linbo-ssh", "linbo-scp"] { try school.link(name, to: Programs.linboctl) }
            try FileManager.default.createDirectory(
                at: school.directory.appending(path: "log"), withIntermediateDirectories: true)
            let pcs = try await LinboPCs(in: school.directory.appending(path: "pcs"))
            try await body(Place(school: school, pcs: pcs, port: port))
        }
    }

    private static func row(_ name: String, address: String, pxe: Int, room: String = "r102", group: String = "win11")
        -> String
    {
        "\(room);\(name);\(group);52:54:00:01:00:\(address.suffix(2));\(address);;;;classroom-studentcomputer;;\(pxe);;;;"
    }

    @Test(
        "defect R6: of those that are named by address and name each gets its order, in whatever order; who is off is told so"
    )
    func now() async throws {
        try await Self.open { place in
            let (first, second) = (try await place.start(1), try await place.start(2))
            try second.set("sync", to: "echo it syncs")
            // Upstream sends both to pc01 if the address comes first.
            let result = try await place.remote("-i 127.0.0.2,pc02,pc03 -c sync:1")
            #expect(result.status == 0, "\(result)")
            let lines = result.output.split(separator: "\n").map(String.init)
            #expect(lines.contains(" pc03 ... Not online, host skipped."), "\(result)")
            #expect(lines.contains("Sending command(s) to:"))
            for host in ["pc01", "pc02"] {
                let words = " \(host) ... Started with PID "
                let file = "\(place.school.directory.path)/log/\(host).linbo-remote."
                #expect(lines.contains { $0.hasPrefix(words) && $0.hasSuffix(". Log see \(file)") }, "\(result)")
            }
            #expect(lines.count { $0 == "###" } == 4)
            for word in ["start", "end"] {
                let frame = try Regex(
                    "### linbo-remote \\([0-9]+\\) \(word): [A-Z][a-z]{2} [A-Z][a-z]{2} .* UTC 20[0-9]{2}")
                #expect(lines.contains { $0.wholeMatch(of: frame) != nil }, "\(result)")
            }
            try await eventually("both are done") {
                [first, second].allSatisfy { $0.done.last == "0 gui_ctl restore" }
            }
            #expect(first.done.contains("0 sync:1") && second.done.contains("0 sync:1"))
            try await eventually("the log ends") { place.log("pc02").hasSuffix(" done\n") }
            #expect(place.log("pc02").contains("\nit syncs\n"), "\(place.log("pc02"))")
        }
    }

    @Test(
        "defect R1: a second order for a PC at work is done after the first, which is listed and shown; logs begin anew"
    )
    func second() async throws {
        try await Self.open { place in
            let pc = try await place.start(1)
            try pc.set("sync", to: "echo it syncs; echo begun >/tmp/begun; while [ ! -e /tmp/go ]; do sleep 1; done")
            #expect(try await place.remote("-l").output == "")
            let none = try await place.remote("-a pc01")
            #expect(none.status == 1 && none.output == "no session\n", "\(none)")
            #expect(try await place.remote("-i pc01 -c sync:1").status == 0)
            try await eventually("it has begun") { pc.holds("tmp/begun") }
            let list = try await place.remote("-l")
            let form =
                /pc01_linbo-remote: 1 windows \(created [A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} 20[0-9]{2}\)\n/
            #expect(list.status == 0 && list.output.wholeMatch(of: form) != nil, "\(list)")
            let shown = try Server(
                place.school.directory.appending(path: "linbo-remote").path, ["-a", "pc01", "-c", "whatever"],
                environment: place.environment, log: place.school.directory.appending(path: "shown.log"))
            try await eventually("it is shown") { shown.logged.contains("it syncs") || shown.hasEnded }
            let again = try await place.remote("-i pc01 -c label")
            #expect(again.status == 0 && again.output.contains(" pc01 ... Started with PID "), "\(again)")
            try Data().write(to: pc.directory.appending(path: "tmp/go"))
            try await eventually("it is shown to its end") { shown.hasEnded }
            #expect(shown.status == 0 && shown.logged.contains("it syncs"), "\(shown.logged)")
            try await eventually("both are done") { pc.done.count { $0 == "0 gui_ctl restore" } == 2 }
            #expect(pc.done.filter { !$0.contains("gui_ctl") } == ["0 sync:1", "0 label"])
            try await eventually("the log is the second one's") {
                place.log("pc01").contains("label") && place.log("pc01").hasSuffix(" done\n")
            }
            #expect(!place.log("pc01").contains("it syncs"))
        }
    }

    @Test(
        "calls of the web interface: an order for the next boot replaces what waits, and takes format and flags along")
    func webInterface() async throws {
        let rows = [
            Self.row("pc11", address: "127.0.0.21", pxe: 1), Self.row("pc12", address: "127.0.0.22", pxe: 0),
            Self.row("2pc", address: "127.0.0.23", pxe: 0),
        ]
        try await Self.open(hosts: rows) { place in
            try place.school.write(
                "[LINBO]\n[Partition]\ndev = /dev/sda1\nlabel = w\nfstype = ntfs\n[OS]\nName = W\nBaseImage = w.qcow2\n"
                    + "Root = /dev/sda1\n", to: "srv/start.conf.win11")
            let first = try await place.remote("-i 127.0.0.2 -w 0 -n -d -p partition,format,format:1,sync:1,start:1")
            #expect(
                first.status == 0 && first.output.contains("Preparing onboot linbo tasks:\n pc01 ... Ok!\n"), "\(first)"
            )
            #expect(first.output.contains("\nTrying to wake up:\n pc01 ... "))
            #expect(!first.output.contains("Waiting") && !first.output.contains("Verifying"))
            #expect(try await place.waits("pc01") == ["partition,format,format:1,sync:1,start:1,noauto,disablegui"])
            let room = try await place.remote("-r r102 -p sync:1,start:1,halt")
            #expect(room.status == 1 && room.output.contains("nothing can come behind start:1"), "\(room)")
            let group = try await place.remote("-g win11 -p sync:1,halt")
            #expect(group.status == 0 && group.output.contains(" pc11 ... Ok!"), "\(group)")
            #expect(!group.output.contains("pc12") && !group.output.contains("2pc"))
            #expect(try await place.waits("pc01") == ["sync:1,halt"])
            #expect(try await place.remote("-i pc01 -d -n").status == 0)
            #expect(try await place.waits("pc01") == ["noauto,disablegui"])
            #expect(try await place.remote("-i pc01 -w 0").status == 0)
        }
    }

    @Test("hosts of another school get its prefix, wherever -s stands; rooms, too")
    func school() async throws {
        try await Self.open { place in
            try place.school.write(
                "r1;pc01;win11;52:54:00:02:00:01;127.0.0.31;;;;classroom-studentcomputer;;1;;;;\n",
                to: "schools/other/other.devices.csv")
            let pc = try await place.pcs.start("other-pc01", at: SocketAddress("127.0.0.31", place.port))
            for line in ["-s other -i pc01 -c label", "-c label -i pc01 -s other", "-r r1 -c label -s other"] {
                let result = try await place.remote(line)
                #expect(result.status == 0 && result.output.contains(" other-pc01 ... Started"), "\(line) \(result)")
            }
            try await eventually("all three") { pc.done.count { $0 == "0 label" } == 3 }
            let halt = try await place.remote("-s other -i other-pc01 -c halt")
            #expect(halt.output.contains(" other-pc01 ... Started"), "\(halt)")
        }
    }

    // Defect R3 is among them: no upload comes behind a start.
    @Test(
        "wrong calls: usage and reason on standard output, exit status 1, and nothing is done",
        arguments: [
            ("-c halt", "Say for whom"), ("-i pc01 -c halt -p halt", "-c and -p"),
            ("-g none -c halt", "No hosts in group none!"),
            ("-r none -c halt", "No hosts in room none!"), ("-i nobody,all -c halt", "No valid hosts in list!"),
            ("-i pc77 -c halt", "Skipping pc77, not a pxe host!"),
            ("-i pc01 -c start:1,upload_image:1", "nothing can come"),
            ("-i pc01 -p sync:7", "no operating system 7"), ("-g win11 -c upload_image:1", "single host"),
            ("-i pc01 -p create_image:1:no-noauto", "obey"), ("-i 10.9.9.9 -c halt", "Skipping 10.9.9.9"),
            ("-h", "Usage"),
        ])
    func refused(line: String, words: String) async throws {
        try await Self.open { place in
            let result = try await place.remote(line)
            #expect(result.status == 1 && result.output.contains(words), "\(result)")
            #expect(result.output.contains("Usage: linbo-remote") && !result.output.contains("###"))
            #expect(try await place.school.linboctl("jobs", "--all", "--json").output.contains("remote.") == false)
            #expect(try await place.waits("pc01") == [])
            let unknown = try await place.remote("-i pc01 -x")
            #expect(unknown.status == 1 && unknown.errors == "Invalid option: -x\n")
        }
    }

    @Test("defect R5: a comment with a comma reaches the PC whole, and nothing of it is run")
    func comment() async throws {
        try await Self.open { place in
            let pc = try await place.start(1)
            let result = try await place.run("linbo-remote", ["-i", "pc01", "-c", "create_image:1:Hello, world"])
            #expect(result.status == 0, "\(result)")
            try await eventually("it is done") { pc.done.last == "0 gui_ctl restore" }
            #expect(pc.done.contains("0 create_image:1:Hello; world"), "\(pc.done)")
            let onboot = try await place.run("linbo-remote", ["-i", "pc01", "-p", "create_image:1:Hello, world"])
            #expect(onboot.status == 0)
            #expect(try await place.waits("pc01") == [#"create_image:1:\"Hello; world\""#])
        }
    }

    @Test(
        "defect R10: who waits for an order of the next boot is told who fetched it; of the others it is withdrawn, and kept to be queued again"
    )
    func onbootAndWait() async throws {
        try await Self.open { place in
            let pc = try await place.start(1)
            try pc.set("reboot", to: "kill 1; sleep 1000")
            async let ended = place.remote("-i pc01,pc02 -p sync:1 -w 20")
            // Whoever knocks all the time takes the places that its ssh has for those without a key yet.
            try await eventually("pc01 has left") { pc.done.contains("0 gui_ctl disable") && !pc.listens }
            #expect(try await place.school.pull("linbocmd/pc01.cmd", as: 1).status == 0)
            let result = try await ended
            #expect(result.status == 0, "\(result)")
            #expect(result.output.contains(" pc01 ... Client is already online, rebooting ...\n"), "\(result)")
            #expect(result.output.contains("Waiting 20 second(s) for client(s) to boot "), "\(result)")
            #expect(
                result.output.contains(
                    "Verifying onboot tasks:\n pc01 ... Ok!\n pc02 ... Not done, host skipped!\n"), "\(result)")
            try await eventually("nobody gets the other one") { try await place.waits("pc02").isEmpty }
            // Upstream deletes it without a word; here it is known what came too late.
            let late = try await place.school.linboctl("onboot", "list", "pc02", "--all")
            #expect(late.output.contains("sync:1") && late.output.contains("expired"), "\(late)")
            #expect(try await place.school.linboctl("onboot", "requeue", "2").status == 0)
            #expect(try await place.waits("pc02") == ["sync:1"])
        }
    }

    @Test("who only waits is told who runs LINBO")
    func wait() async throws {
        try await Self.open { place in
            let pc = try await place.start(1)
            let result = try await place.remote("-i pc01,pc02 -w 1 -b 0 -u")
            #expect(result.status == 0, "\(result)")
            #expect(
                result.output.contains("Testing if clients have booted:\n pc01 ... Online!\n pc02 ... Not online!\n"),
                "\(result)")
            let probe = try await place.school.linboctl("pcs", "--probe", "pc01", "pc02", "--json")
            struct Found: Decodable { let host, found: String }
            let found = try JSONDecoder().decode([Found].self, from: Data(probe.output.utf8))
            #expect(found.map(\.host) == ["pc01", "pc02"] && found.first?.found == "linbo" && pc.listens)
            // Somebody may have a ssh of his own on this machine.
            #expect(["silent", "linux"].contains(found.last?.found))
        }
    }

    @Test("a PC that comes while it is waited for gets its order at once, and flags for its next boot")
    func wakeAndSend() async throws {
        try await Self.open { place in
            async let ended = place.remote("-i 127.0.0.2 -w 100 -n -c label")
            try await eventually("it is told to wake") {
                try await place.school.linboctl("jobs", "--all", "--json").output.contains("remote.wake")
            }
            let pc = try await place.start(1)
            let result = try await ended
            #expect(result.status == 0 && result.output.contains(" pc01 ... Started with PID "), "\(result)")
            #expect(result.output.contains("Waiting 100 second(s) for client(s) to boot "))
            try await eventually("it is done") { pc.done.last == "0 gui_ctl restore" }
            #expect(pc.done.contains("0 label"))
            #expect(try await place.waits("pc01") == ["noauto"])
        }
    }

    @Test("more PCs than are asked at the same time are all asked what they run, each once, in their order")
    func probeMany() async throws {
        let rows = (0..<600).map { number in
            "r102;x\(number);win11;52:54:00:03:0\(number / 256):\(String(format: "%02x", number % 256));"
                + "127.0.\(2 + number / 200).\(1 + number % 200);;;;classroom-studentcomputer;;1;;;;"
        }
        try await Self.open(hosts: rows) { place in
            let pc = try await place.pcs.start("x599", at: SocketAddress("127.0.4.200", place.port))
            let probe = try await place.school.linboctl("pcs", "--probe", "room:r102", "--json")
            struct Found: Decodable { let host, found: String }
            let found = try JSONDecoder().decode([Found].self, from: Data(probe.output.utf8))
            #expect(found.map(\.host) == (0..<600).map { "x\($0)" }, "\(probe.errors)")
            #expect(found.filter { $0.found == "linbo" }.map(\.host) == ["x599"] && pc.listens)
            #expect(found.allSatisfy { $0.found != "unknown" && $0.found != "off" })
        }
    }

    @Test("a link that somebody has planted for a log leads nowhere, and the order is done all the same")
    func planted() async throws {
        try await Self.open { place in
            let (first, second) = (try await place.start(1), try await place.start(2))
            try place.school.write("precious", to: "precious")
            try place.school.link("log/pc01.linbo-remote", to: place.school.directory.path + "/precious")
            let file = place.school.directory.appending(path: "log/pc02.linbo-remote").path
            #expect(Glibc.link(place.school.directory.path + "/precious", file) == 0)
            #expect(try await place.remote("-i pc01,pc02 -c label").status == 0)
            try await eventually("both are done") {
                [first, second].allSatisfy { $0.done.last == "0 gui_ctl restore" }
            }
            #expect(try place.school.read("precious") == "precious")
            #expect(try await place.school.linboctl("jobs", "show", "1").output.contains("in this log alone"))
        }
    }

    @Test("linbo-ssh runs a command on a PC whose key is trusted, and on no other, whatever its caller says of keys")
    func ssh() async throws {
        try await Self.open { place in
            let pc = try await place.start(1)
            let words = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "127.0.0.2"]
            let early = try await place.run("linbo-ssh", words + ["cat", "/start.conf"])
            #expect(early.status == 255 && early.output.isEmpty && early.errors.contains("no PC's key"), "\(early)")
            #expect(try await place.school.linboctl("remote", "pc01", "label").status == 0)
            let result = try await place.run("linbo-ssh", words + ["cat /start.conf; exit 7"])
            #expect(result.status == 7 && result.output == "[LINBO]\n", "\(result)")
            let copied = try await place.run(
                "linbo-scp", ["127.0.0.2:/start.conf", place.school.directory.path + "/got"])
            // The PC of these tests has none.
            #expect(copied.errors.contains("rsync: not found"), "\(copied)")
            // What was trusted last counts while the daemon is away.
            try await place.school.stopDaemon()
            let later = try await place.run("linbo-ssh", words + ["echo", "there"])
            #expect(later.status == 0 && later.output == "there\n", "\(later)")
            pc.off()
            let other = place.school.directory.appending(path: "other-key")
            try await LinboPCs.hostKey(at: other)
            let strange = try await place.pcs.start(
                "pc02", at: SocketAddress("127.0.0.3", place.port), hostKey: other)
            let refused = try await place.run("linbo-ssh", words.dropLast() + ["127.0.0.3", "echo", "there"])
            #expect(refused.status == 255 && refused.output.isEmpty && strange.listens, "\(refused)")
        }
    }
}

extension LinboPC {
    fileprivate func holds(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: directory.appending(path: path).path)
    }
}
