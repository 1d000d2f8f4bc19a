import Foundation
import Glibc
import HookStore
import OnbootCmd
import Testing

/// What admins type and see.
@Suite struct CommandLineTests {
    private static var stopped: School.Options {
        var options = School.Options()
        options.startsDaemon = false
        return options
    }

    @Test(arguments: [
        [Programs.hookd, "serev"], [Programs.hookd, "once", "now"], [Programs.hookd, "serve", "--conf", "x"],
        [Programs.linboctl, "wyh", "pc01"], [Programs.linboctl, "why"],
        [Programs.linboctl, "audit", "--since", "yesterday"],
        [Programs.hook], [Programs.hook, "now"], [Programs.hook, "--wait", "0", "pre"], [Programs.hook, "-c"],
    ])
    func wrongUsageEndsWith2(_ words: [String]) async throws {
        let result = try await Command.run(words[0], Array(words.dropFirst()))
        #expect(result.status == 2, "\(result)")
        #expect(result.output.isEmpty && !result.errors.isEmpty)
    }

    @Test(arguments: [
        [Programs.hookd, "--help"], [Programs.hookd, "serve", "--help"], [Programs.linboctl, "--help"],
        [Programs.linboctl, "onboot", "add", "--help"], [Programs.hook, "--help"], [Programs.hook, "--version"],
    ])
    func helpIsToldOnStandardOutput(_ words: [String]) async throws {
        let result = try await Command.run(words[0], Array(words.dropFirst()))
        #expect(result.status == 0 && !result.output.isEmpty && result.errors.isEmpty, "\(result)")
    }

    @Test func aWrongConfigurationIsToldWithItsPlace() async throws {
        try await School.open(Self.stopped) { school async throws in
            try school.write("linbo:\n  rot: /srv/linbo\nplugins:\n  - windows-kye\n", to: "linbo-hookd.yaml")
            let file = school.config.path
            for program in [
                [Programs.hookd, "check"], [Programs.hookd, "serve"], [Programs.linboctl, "check"],
                [Programs.linboctl, "status"],
            ] {
                let result = try await Command.run(program[0], Array(program.dropFirst()) + ["--config", file])
                #expect(result.status == 1, "\(program) \(result)")
                let text = result.output + result.errors
                #expect(text.contains("\(file):2:3: unknown key 'rot' in linbo; did you mean 'root'?"), "\(result)")
                #expect(
                    text.contains("\(file):4:5: unknown plugin 'windows-kye'; did you mean 'windows-key'?"), "\(result)"
                )
            }
            let missing = try await Command.run(Programs.hookd, ["check", "--config", "/nowhere.yaml"])
            #expect(missing.status == 1 && missing.output.contains("/nowhere.yaml:1: can't be read"), "\(missing)")
        }
    }

    @Test("a misspelt command, and a host of another school, are guessed") func guesses() async throws {
        try await School.open { school async throws in
            let command = try await school.linboctl("stauts")
            #expect(command.status == 2 && command.errors.contains("Did you mean 'status'?"), "\(command)")
            try school.write(
                "r1;r1-pc01;win11;52:54:00:00:aa:01;127.0.0.99;;;;;;1\n", to: "schools/gms/gms.devices.csv")
            let host = try await school.linboctl("why", "r1-pc01")
            #expect(host.status == 1 && host.errors.contains("did you mean 'gms-r1-pc01'?"), "\(host)")
        }
    }

    @Test func statusAndPluginsAreTables() async throws {
        try await School.open { school async throws in
            let status = try await school.linboctl("status", "--json")
            #expect(status.status == 0 && status.output.contains("\"hosts\" : 40"), "\(status)")
            #expect(try await school.linboctl("status").output.contains("40"))
            let plugins = try await school.linboctl("plugins")
            #expect(plugins.output.contains("onboot-cmd      yes      linbocmd/*.cmd"), "\(plugins)")
            #expect(!plugins.output.contains("\u{1B}"))
            #expect(try await school.linboctl("check").status == 0)
        }
    }

    @Test func tooLittleSpaceForUploadsIsToldByStatusAndCheck() async throws {
        var options = School.Options()
        options.extra = "uploads:\n  keep-free: 1000T"
        try await School.open(options) { school async throws in
            let status = try await school.linboctl("status")
            #expect(
                status.status == 0 && status.output.contains("less than uploads.keep-free, no upload is taken"),
                "\(status)")
            let check = try await school.linboctl("check")
            let line = try #require(check.output.split(separator: "\n").first { $0.contains("no upload is taken") })
            #expect(check.status == 0 && line.contains("linbo-hookd.yaml:") && line.hasSuffix("(warning)"), "\(check)")
        }
    }

    @Test("without a daemon each command says so, and how it is started; explain --offline goes without")
    func aStoppedDaemonIsToldByAll() async throws {
        try await School.open(Self.stopped) { school async throws in
            for words in [
                "status", "why pc01", "pcs", "audit", "images", "hosts", "tftp", "events", "onboot", "keys", "macct",
                "grub-img reboots", "dhcp render", "plugins", "reload", "explain pc01 start.conf.win11",
            ] {
                let all = ["--config", school.config.path] + words.split(separator: " ").map(String.init)
                let result = try await Command.run(Programs.linboctl, all)
                #expect(
                    result.status == 1
                        && result.errors.contains("no daemon answers on \(school.directory.path)/api.sock")
                        && result.errors.contains("systemctl start linbo-hookd"), "\(words): \(result)")
            }
            let offline = try await school.linboctl("explain", "pc01", "start.conf.win11", "--offline")
            #expect(offline.status == 0 && offline.output.contains("the tree's own file"), "\(offline)")
            #expect(try await school.linboctl("check").status == 0)
        }
    }

    @Test("LINBO_HOOKD_CONFIG names the configuration where --config does not") func configByEnvironment() async throws
    {
        try await School.open { school async throws in
            let result = try await Command.run(
                Programs.linboctl, ["status", "--json"], environment: ["LINBO_HOOKD_CONFIG": school.config.path])
            #expect(result.status == 0 && result.output.contains(school.config.path), "\(result)")
        }
    }

    @Test func explainTellsTheChainAndChangesNothing() async throws {
        try await School.open { school async throws in
            #expect(try await school.linboctl("onboot", "add", "pc01", "sync:1").status == 0)
            let reg = try await school.linboctl("explain", "pc01", "images/win11/win11.reg")
            #expect(
                reg.output.contains("claimed by windows-key") && reg.output.contains("windows-key: transformed"),
                "\(reg)")
            let image = try await school.linboctl("explain", "pc01", "images/win11/win11.qcow2", "--json")
            #expect(image.output.contains("\"claimedBy\" : [\n\n  ]"), "\(image)")
            let own = try await school.linboctl("explain", "pc01", "linbocmd/pc01.cmd")
            #expect(own.output.contains("made for this host, once"), "\(own)")
            let foreign = try await school.linboctl("explain", "pc02", "linbocmd/pc01.cmd")
            #expect(foreign.output.contains("not this host's command"), "\(foreign)")
            #expect(try await school.linboctl("explain", "pc1", "a").errors.contains("did you mean 'pc01'?"))
            #expect(try await school.linboctl("explain", "pc01", "../a").errors.contains("'..'"))
            #expect(try await school.onboot().first?.state == .queued)
        }
    }

    /// The host may stand in the row that can't be read.
    @Test func aBrokenDevicesCSVIsToldBesideAHostThatIsNotFound() async throws {
        try await School.open { school async throws in
            // What the daemon has kept of it would count.
            try await school.stopDaemon()
            try? FileManager.default.removeItem(atPath: school.directory.path + "/state/devices")
            try school.write("r101;pc01;win1", to: "schools/default-school/devices.csv")
            try await school.startDaemon()
            for words in [
                ["explain", "pc01", "start.conf.win11"], ["why", "pc01"], ["onboot", "add", "pc01", "sync:1"],
                ["onboot", "add", "room:r101", "sync:1"], ["onboot", "add", "group:win11", "sync:1"],
            ] {
                let result = try await Command.run(Programs.linboctl, ["--config", school.config.path] + words)
                #expect(result.status == 1, "\(words): \(result)")
                #expect(result.errors.contains("in what can be read of devices.csv"), "\(words): \(result)")
                #expect(
                    result.errors.contains(
                        "schools/default-school/devices.csv:1: the file is broken: it ends in the middle of line 1"),
                    "\(words): \(result)")
            }
        }
    }

    @Test func anAccountThatTheDaemonWouldNotWriteIsNotWaitedFor() async throws {
        try await School.open { school async throws in
            try school.writeConfig(plugins: "  - macct\n")
            let apply = try await school.linboctl("macct", "apply", "pc02", "win11.qcow2")
            #expect(apply.status == 1 && apply.errors.contains("plugin macct is off"), "\(apply)")
            #expect(try await school.linboctl("macct", "status").errors.contains("plugin macct is off"))
            let help = try await school.linboctl("macct", "apply", "--help")
            #expect(help.output.contains("How long to wait: 30s, 5m. (default: 60s)"), "\(help)")
        }
    }

    @Test func aStuckDaemonIsNotWaitedFor() async throws {
        try await School.open { school async throws in
            let daemon = try await school.startSecondHand()
            daemon.signal(SIGSTOP)
            for words in [["status"]] {
                let result = try await Command.run(Programs.linboctl, ["--config", school.config.path] + words)
                #expect(
                    result.status == 1 && result.errors.contains("api.sock does not answer: it is stuck"),
                    "\(words): \(result)")
            }
        }
    }

    @Test func aTakenPortForMetricsIsToldWithItsMend() async throws {
        var options = School.Options()
        options.extra = "metrics:\n  listen: \"127.0.0.1:{tftp}\""
        options.startsDaemon = false
        try await School.open(options) { school async throws in
            let taken = try TakenPort(school.tftpPort)
            defer { taken.close() }
            let daemon = try await school.startDaemon()
            let expected = "metrics.listen: bind 127.0.0.1:\(school.tftpPort): Address already in use: "
            try await eventually("the log names the address: \(daemon.logged)") { daemon.logged.contains(expected) }
            #expect(daemon.logged.contains("another program has it; `ss -tlpn` names it"))
            #expect(!daemon.logged.contains("metrics on http"), "\(daemon.logged)")
            #expect(try await school.linboctl("status").status == 0)
        }
    }

    /// A TCP port of 127.0.0.1 on which another program listens.
    private struct TakenPort {
        private let descriptor: Int32

        init(_ port: UInt16) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            let descriptor = descriptor
            let result = SocketAddress("127.0.0.1", port).withPointer { bind(descriptor, $0, $1) }
            guard result == 0, listen(descriptor, 1) == 0 else { throw POSIXError(.EADDRINUSE) }
        }

        func close() { Glibc.close(descriptor) }
    }

    @Test func whyTellsOneTimeline() async throws {
        try await School.open { school async throws in
            #expect(
                try await school.pull(["start.conf.win11", "images/win11/win11.reg", "nothing"], as: 1).status == 23)
            #expect(try await school.pull("linbocmd/*.cmd", as: 1).status != 0)
            try await eventually("all is told") {
                let why = try await school.linboctl("why", "pc01").output
                return why.contains("start.conf.win11") && why.contains("transformed") && why.contains("missing")
                    && why.contains("never asked for: linbofs64.md5")
            }
            #expect(try await school.linboctl("why", "pc01", "--since", "1ms").output.contains("asked for nothing"))
            #expect(try await school.linboctl("why", "pc02").output.contains("asked for nothing"))
        }
    }

    @Test func linboHookCanBeRsyncdsShell() async throws {
        var options = School.Options()
        options.usesHookShell = true
        try await School.open(options) { school async throws in
            #expect(try await school.pull("images/win11/win11.reg", as: 1).status == 0)
            #expect(try school.received("win11.reg", by: 1).contains(School.key(1)))
            try await eventually("no view is left") { school.views.isEmpty }
            let other = try await Command.run(Programs.hook, ["-c", "echo \"a  b\"; exit 7"])
            #expect(other.status == 7 && other.output == "a  b\n", "\(other)")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "becoming another user is for root"))
    func whoMayNotLookIsToldSo() async throws {
        try await School.open { school async throws in
            for words in [
                "status", "tftp", "events --once", "why pc01", "audit", "keys", "onboot list", "onboot add pc01 sync:1",
                "explain pc01 start.conf.win11", "images", "images uploads", "images rollback win11",
                "images quarantine discard x", "pcs", "hosts", "reload", "plugins",
            ] {
                let result = try await school.linboctlAsNobody(words.split(separator: " ").map(String.init))
                let expected = "linboctl: \(school.directory.path)/api.sock: permission denied: run it by sudo\n"
                #expect(result.status == 1 && result.errors == expected, "\(words): \(result)")
            }
            let check = try await school.linboctlAsNobody(["check"])
            #expect(
                check.output.contains("write into \(school.directory.path)/state: Permission denied; run"), "\(check)")
            chmod(school.config.path, 0o600)
            let config = try await school.linboctlAsNobody(["images"])
            #expect(config.errors.contains("linbo-hookd.yaml:1: can't be read: open "), "\(config)")
            #expect(config.errors.hasSuffix("Permission denied; run it by sudo\n"), "\(config)")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "becoming another user is for root"))
    func theSocketAnswersRootAndTheDaemonsUserOnly() async throws {
        try await School.open { school async throws in
            let socket = school.directory.path + "/hook.sock"
            var status = stat()
            #expect(lstat(socket, &status) == 0 && status.st_mode & 0o777 == 0o660)
            // Even if an admin opened its mode.
            chmod(socket, 0o666)
            let script =
                "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
                + "try:\n s.sendall(b'LH\\x01\\x04\\0\\0\\0\\0')\n print(len(s.recv(9)))\n"
                // The daemon may hang up before the question is written, or between it and the answer.
                + "except (BrokenPipeError, ConnectionResetError):\n print(0)\n"
            let stranger = try await Command.run(
                "/usr/bin/setpriv", ["--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", script, socket])
            #expect(stranger.output == "0\n", "\(stranger)")
            #expect(try school.read("hookd.log").contains("a process of another user was turned away"))
            let own = try await Command.run("/usr/bin/python3", ["-c", script, socket])
            #expect(own.output == "9\n" || own.output == "5\n", "\(own)")
        }
    }
}
