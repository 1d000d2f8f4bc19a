import ArgumentParser
import HookHost
import LinboHookd
import LinboModel

struct HostsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts",
        abstract:
            "Hosts that registered themselves: they get no secrets until an import of devices, or until they are admitted.",
        subcommands: [List.self, Admit.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Hosts that wait, oldest first.")

        @OptionGroup var options: CommonOptions

        func run() throws {
            let (assembly, waiting) = try options.newcomers()
            let devices = assembly.hosts.devices
            try options.show(
                waiting,
                waiting.isEmpty
                    ? "no registered host waits"
                    : Output.table(
                        ["host", "school", "MAC", "address", "registered", "by", "role"],
                        waiting.map {
                            let role = HostName($0.name).flatMap { devices.host(named: $0)?.role }
                            return [
                                $0.name, $0.school, $0.mac, $0.address ?? "DHCP", Output.time(milliseconds: $0.at),
                                $0.by,
                                role ?? "-",
                            ]
                        }))
        }
    }

    struct Admit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give registered hosts the rights of all others, without an import.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Hosts as `list` shows them, or `all`.")
        var hosts: [String]

        func run() throws {
            let (assembly, waiting) = try options.newcomers()
            let names = hosts == ["all"] ? waiting.map(\.name) : hosts
            for name in names where !waiting.contains(where: { $0.name == name.lowercased() || $0.name == name }) {
                throw Failure("\(name) does not wait: `linboctl hosts list` shows who does")
            }
            let wanted = waiting.filter { host in names.contains { $0 == host.name || $0.lowercased() == host.name } }
            try assembly.admit(wanted)
            for host in wanted { print("\(host.name): admitted") }
            if wanted.isEmpty { print("no registered host waits") }
        }
    }
}

extension CommonOptions {
    /// - Throws: `PermissionDenied`.
    fileprivate func newcomers() throws -> (Assembly, [Newcomer]) {
        let config = try load()
        try PermissionDenied.check(config.state)
        let assembly = try assembly(config, store: nil)
        return (assembly, assembly.newcomers)
    }
}
