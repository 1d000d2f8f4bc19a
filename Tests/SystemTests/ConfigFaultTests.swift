import Foundation
import Glibc
import Testing

/// A configuration that is wrong, gone or empty, and one that is read anew.
@Suite struct ConfigFaultTests {
    private static let withKeys = "  - windows-key\n"
    private static let without = "  - onboot-cmd\n"

    /// Ways in which an admin breaks the file.
    enum Fault: String, CaseIterable, Sendable {
        case misspelt, noYAML, empty, missing, wrongTree

        func apply(to school: School) throws {
            let text = try school.read("linbo-hookd.yaml")
            switch self {
            case .misspelt: try school.write(text.replacingOccurrences(of: "  root:", with: "  rot:"), to: name)
            case .noYAML: try school.write(text + "\tplugins: [\n", to: name)
            case .empty: try school.write("# nothing\n\n", to: name)
            case .missing: unlink(school.config.path)
            case .wrongTree: try school.write(text.replacingOccurrences(of: "/srv\n", with: "/srw\n"), to: name)
            }
        }

        private var name: String { "linbo-hookd.yaml" }
        /// Nothing in the file says where `state` is.
        var hidesState: Bool { self == .empty || self == .missing }
    }

    /// As systemd starts it, which tells where its state is.
    private static func startAsUnit(_ school: School) async throws -> Server {
        try await school.start(
            "/usr/bin/env",
            ["STATE_DIRECTORY=\(school.directory.path)/state", Programs.hookd, "serve", "--config", school.config.path])
    }

    @Test("whatever became of the file, `once` serves by the last one that worked", arguments: Fault.allCases)
    func onceGoesOn(_ fault: Fault) async throws {
        try await School.open { school async throws in
            try await school.stopDaemon()
            try fault.apply(to: school)
            // A tree that is not there is seen by the daemon's preflight alone.
            guard fault != .wrongTree else { return }
            let result = try await school.pull(["start.conf.win11", "images/win11/win11.reg"], as: 1)
            #expect(result.status == 0, "\(result)")
            #expect(try school.received("win11.reg", by: 1).contains(School.key(1)))
        }
    }

    @Test("whatever became of the file, the daemon starts and says so", arguments: Fault.allCases)
    func startsAgain(_ fault: Fault) async throws {
        try await School.open { school async throws in
            try await school.stopDaemon()
            try fault.apply(to: school)
            let daemon = try await Self.startAsUnit(school)
            #expect(try await school.pull("images/win11/win11.reg", as: 2).status == 0)
            #expect(try school.received("win11.reg", by: 2).contains(School.key(2)))
            #expect(daemon.logged.contains("can't be used, and the configuration of"), "\(daemon.logged)")
            guard !fault.hidesState else { return }
            let status = try await school.linboctl("status")
            #expect(
                status.status == 1 && status.output.contains("can't be used, and the configuration of"), "\(status)")
        }
    }

    @Test("a first start without any that worked is refused, with the reason")
    func firstStart() async throws {
        var options = School.Options()
        options.startsDaemon = false
        try await School.open(options) { school async throws in
            try Fault.misspelt.apply(to: school)
            let result = try await Command.run(Programs.hookd, ["serve", "--config", school.config.path])
            #expect(result.status == 1 && result.errors.contains("unknown key 'rot'"), "\(result)")
        }
    }

    @Test("what is kept is nobody's to read or to write but the daemon's")
    func keptFile() async throws {
        try await School.open { school async throws in
            for path in ["state/last-good.json", "srv/.linbo-hookd/last-good.json"] {
                #expect(school.status(of: path).st_mode & 0o777 == 0o600)
            }
            #expect(try await school.pull(".linbo-hookd/last-good.json", as: 1).status != 0)
        }
    }

    @Test("SIGHUP reads the configuration anew, and a transfer that runs goes on")
    func hangup() async throws {
        var options = School.Options()
        options.plugins = Self.without
        options.startsDaemon = false
        try await School.open(options) { school async throws in
            let daemon = try await school.startDaemon()
            try school.write([UInt8](repeating: 7, count: 3 << 20), to: "srv/tmp/zz.qcow2")
            let running = try school.startPull(["tmp/zz.qcow2"], as: 2, options: ["--bwlimit=1500"])
            try await eventually("it runs") { !school.views.isEmpty }
            try school.writeConfig(plugins: Self.without + Self.withKeys)
            daemon.signal(SIGHUP)
            try await eventually("it is read anew") { daemon.logged.contains("is read anew: 40 hosts") }
            #expect(try await school.pull("images/win11/win11.reg", as: 1).status == 0)
            #expect(try school.received("win11.reg", by: 1).contains(School.key(1)))
            try await eventually("the transfer ends") { running.hasEnded }
            #expect(running.status == 0 && !daemon.hasEnded)
        }
    }

    @Test("signals that mean nothing here end nothing, and are told of")
    func otherSignals() async throws {
        var options = School.Options()
        options.startsDaemon = false
        try await School.open(options) { school async throws in
            let daemon = try await school.startDaemon()
            for signal in [SIGUSR1, SIGUSR2, SIGQUIT, SIGALRM] { daemon.signal(signal) }
            for name in ["SIGUSR1", "SIGUSR2", "SIGQUIT", "SIGALRM"] {
                try await eventually("\(name) is told of") { daemon.logged.contains("\(name) means nothing here") }
            }
            #expect(try await school.pull("images/win11/win11.reg", as: 1).status == 0)
            #expect(!daemon.hasEnded)
        }
    }

    @Test("reload takes a new file whole or not at all, and says what is wrong")
    func wholeOrNot() async throws {
        var options = School.Options()
        options.plugins = Self.without
        try await School.open(options) { school async throws in
            try school.writeConfig(plugins: Self.withKeys + "  - windows-kei\n")
            let refused = try await school.linboctl("reload")
            #expect(refused.status == 1 && refused.errors.contains("unknown plugin 'windows-kei'"), "\(refused)")
            _ = try await school.pull("images/win11/win11.reg", as: 1)
            #expect(try !school.received("win11.reg", by: 1).contains(School.key(1)))
            try school.writeConfig(plugins: Self.withKeys)
            let done = try await school.linboctl("reload")
            #expect(done.status == 0 && done.output.contains("plugins windows-key"), "\(done)")
            _ = try await school.pull("images/win11/win11.reg", as: 1)
            #expect(try school.received("win11.reg", by: 1).contains(School.key(1)))
            #expect(try await school.linboctl("status").output.contains("windows-key"))
        }
    }

    @Test(
        "what is bound at the start is no matter of a reload, and is named",
        arguments: [
            ("  root: ", "  root: /tmp/x", "linbo.root"), ("state: ", "state: /tmp/x", "state"),
            ("  listen: []", "  listen: [127.0.0.1:7777]", "tftp"),
        ])
    func atStartOnly(_ old: String, _ new: String, _ setting: String) async throws {
        try await School.open { school async throws in
            let lines = try school.read("linbo-hookd.yaml").split(separator: "\n", omittingEmptySubsequences: false)
            let changed = lines.map { $0.hasPrefix(old) ? new : String($0) }
            try school.write(changed.joined(separator: "\n"), to: "linbo-hookd.yaml")
            // The file names another state now: the daemon is asked as systemd does.
            let socket = school.directory.path + "/state"
            let result = try await Command.run(
                Programs.linboctl, ["reload", "--config", school.config.path], environment: ["STATE_DIRECTORY": socket])
            #expect(result.status == 1 && result.errors.contains("\(setting) is read at the start alone"), "\(result)")
        }
    }

    @Test("explain and plugins answer for the running daemon, and say when the file is another")
    func answersForTheDaemon() async throws {
        var options = School.Options()
        options.plugins = Self.without
        try await School.open(options) { school async throws in
            try school.writeConfig(plugins: Self.withKeys)
            let before = try await school.linboctl("explain", "pc01", "images/win11/win11.reg")
            #expect(before.output.contains("the tree's own file"), "\(before)")
            #expect(before.errors.contains("is not what the daemon works with"), "\(before)")
            #expect(try await school.linboctl("plugins").output.contains(/windows-key +no/))
            #expect(try await school.linboctl("status").output.contains("is not what the daemon works with"))
            #expect(try await school.linboctl("reload").status == 0)
            let after = try await school.linboctl("explain", "pc01", "images/win11/win11.reg")
            #expect(after.output.contains("made for this host") && after.errors.isEmpty, "\(after)")
            #expect(try await school.linboctl("status").status == 0)
        }
    }
}
