import ArgumentParser
import DHCP
import HookHost
import LinboHookd
import LinboModel

struct DHCPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dhcp", abstract: "Make the DHCP server's hosts and boot files from devices.csv.",
        discussion: "`dhcp:` in the configuration says for which server, and which file it includes.",
        subcommands: [Render.self, Check.self, Apply.self])

    struct Render: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the configuration; nothing is changed.")

        @OptionGroup var options: CommonOptions

        @Option(name: .long, help: "For another server than the configured one: isc, dnsmasq or kea.")
        var server: DHCPServer?

        func run() throws {
            let job = try DHCPJob(options, server: server)
            job.complain()
            print(job.rendering.text, terminator: "")
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have the server's own program check what `apply` would write; nothing is changed.")

        @OptionGroup var options: CommonOptions

        func run() async throws {
            let job = try DHCPJob(options)
            job.complain()
            try await job.check()
            let report = DHCPReport(job, try job.changes())
            try options.show(report, "\(report.verdict): \(report.summary)")
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the configuration, replace the file, and tell the server.",
            discussion: "If the check or the reload fails, the old file stays. Exit status 0: the server has it.")

        @OptionGroup var options: CommonOptions

        @Flag(name: .long, help: "Show what would change, and check it; change nothing.")
        var dryRun = false

        func run() async throws {
            let job = try DHCPJob(options)
            job.complain()
            let changes = try job.changes()
            try await job.check()
            let report = DHCPReport(job, changes)
            if !dryRun, !report.isUnchanged { try await job.apply() }
            let end = report.isUnchanged ? "unchanged" : dryRun ? "not written: --dry-run" : "written"
            try options.show(
                report,
                ((dryRun ? report.changes : report.someChanges).map(DHCPReport.coloured) + [
                    "\(job.settings.file): \(report.summary); \(end)"
                ])
                .joined(separator: "\n"))
        }
    }
}

extension DHCPServer: ExpressibleByArgument {}

/// What all three verbs begin with: the configuration, the hosts, what is made of them.
private struct DHCPJob {
    let settings: DHCPSettings
    let plan: DHCPPlan
    let rendering: Rendering
    private let problems: [Problem]

    init(_ options: CommonOptions, server: DHCPServer? = nil) throws {
        // The daemon has nothing to do with this section.
        let config = try options.loadFile()
        guard let settings = config.dhcp ?? server.map({ DHCPSettings(server: $0, file: "/dev/null") }) else {
            throw Failure("\(options.config) has no `dhcp:`; write\ndhcp:\n  server: isc\n  file: /etc/dhcp/linbo.conf")
        }
        let loaded = DevicesSource(folder: config.linbo.schools, named: config.location(of: "linbo.schools"))
            .load(keeping: nil)
        // An empty file would take every PC of a school off the network.
        guard !loaded.devices.hosts.isEmpty else {
            loaded.problems.forEach { Terminal.complain("\($0)") }
            throw Failure("no host in any devices.csv below \(config.linbo.schools): nothing is made of nothing")
        }
        let nextServer = settings.nextServer ?? SetupFile(path: config.linbo.setup).current?.serverip
        let kind = server ?? settings.server
        if nextServer == nil, kind == .kea {
            throw Failure(
                "Kea names no server for boot files by itself: set dhcp.next-server, or serverip in \(config.linbo.setup)"
            )
        }
        self.settings = settings
        plan = DHCPPlan(loaded.devices, server: kind, nextServer: nextServer, httpBoot: settings.httpBoot)
        rendering = Rendering(plan)
        problems = loaded.problems + plan.problems
    }

    func complain() {
        for problem in problems { Terminal.complain("\(problem)") }
    }

    func changes() throws -> DHCPChanges {
        do {
            return DHCPChanges(from: try DHCPFile(settings).current() ?? "", to: rendering.text)
        } catch {
            throw Failure("\(error)")
        }
    }

    func check() async throws {
        try await told { () throws(DHCPError) in try await DHCPFile(settings).check(rendering) }
    }

    func apply() async throws {
        try await told { () throws(DHCPError) in try await DHCPFile(settings).replace(with: rendering) }
    }

    private func told(_ body: () async throws(DHCPError) -> Void) async throws {
        do throws(DHCPError) {
            try await body()
        } catch {
            throw Failure("\(error)")
        }
    }
}

/// What `check` and `apply` say.
private struct DHCPReport: Encodable {
    let file: String
    let server: DHCPServer
    let hosts: Int
    let added: Int
    let changed: Int
    let removed: Int
    let changes: [String]
    let isUnchanged: Bool

    init(_ job: DHCPJob, _ changes: DHCPChanges) {
        file = job.settings.file
        server = job.plan.server
        hosts = job.plan.hostCount
        added = changes.added.count
        changed = changes.changed.count
        removed = changes.removed.count
        self.changes = changes.lines
        isUnchanged = changes.isEmpty
    }

    var verdict: String { "\(server.checker.program) takes it" }

    var summary: String {
        let counts = [(added, "new"), (changed, "changed"), (removed, "gone")].filter { $0.0 > 0 }
        let words = counts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        return "\(hosts) hosts; " + (isUnchanged ? "nothing changes" : "entries: \(words)")
    }

    /// A new school's 40,000 lines would hide what matters.
    var someChanges: [String] {
        let limit = 100
        guard changes.count > limit else { return changes }
        return changes.prefix(limit) + [" … \(changes.count - limit) more lines; --dry-run shows all"]
    }

    static func coloured(_ line: String) -> String {
        let shown = Output.printable(line)
        switch line.first {
        case "-": return Output.Style.red.applied(to: shown)
        case "+": return Output.Style.green.applied(to: shown)
        default: return shown
        }
    }
}
