import ArgumentParser
import HookConfig
import HookHost
import HookStore
import LinboHookd
import LinboModel

struct Onboot: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Commands that PCs run once, at their next boot.",
        subcommands: [Add.self, List.self, Remove.self, Requeue.self], defaultSubcommand: List.self)

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Queue a command, such as 'sync:1,start:1'.",
            discussion: """
                Commands: partition label format[:N] initcache[:rsync|multicast|torrent] sync:N new:N postsync:N start:N \
                prestart:N create_image:N[:"text"] create_qdiff:N[:"text"] upload_image:N upload_qdiff:N reboot halt, \
                and noauto, disablegui. N counts from 1, as in start.conf.
                """)

        @OptionGroup var options: CommonOptions

        @Argument(help: "A host, group:NAME or room:NAME.")
        var target: String

        @Argument(help: "Commands with commas between them.")
        var command: String

        @Option(name: .long, help: "Forget it if the PC has not booted by then: 30m, 12h, 7d.")
        var expires: Span?

        func run() throws {
            let config = try options.load()
            let assembly = try options.assembly(config, store: nil)
            let hosts = try Target(target).hosts(in: assembly)
            let list = try parsed(for: hosts, assembly)
            let now = UnixTime.now()
            let store = try Store(folder: config.state)
            var added: [OnbootEntry] = []
            for host in hosts {
                let id = try store.onboot.add(
                    host: host.name.description, command: list.text,
                    expires: expires.map { now + $0.duration.milliseconds / 1000 }, now: now)
                if let entry = try store.onboot.entry(id) { added.append(entry) }
            }
            try options.show(added, added.map { "\($0.host): \($0.command) (number \($0.id))" }.joined(separator: "\n"))
        }

        private func parsed(for hosts: [Host], _ assembly: Assembly) throws -> LinboCommandList {
            let list: LinboCommandList
            do throws(LinboCommandError) {
                list = try LinboCommandList(parsing: command)
            } catch {
                throw Failure("\(error.message)\n\(error.caret(under: command))")
            }
            guard !list.createsOrUploads || hosts.count == 1 else {
                throw Failure("create and upload make one image: name one host, not \(hosts.count)")
            }
            for host in hosts { try SystemNumbers.check(list, of: command, for: host, assembly) }
            return list
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What waits, is on its way, or is uncertain.")

        @OptionGroup var options: CommonOptions

        @Flag(name: .long, help: "What is over, too.")
        var all = false

        func run() throws {
            let config = try options.load()
            let store = try Store(reading: config.state)
            try store.onboot.expire(now: UnixTime.now())
            let entries = try store.onboot.list(all: all)
            try options.show(
                entries,
                Output.table(
                    ["number", "host", "command", "state", "queued", "expires", "remark"],
                    entries.map { entry in
                        [
                            "\(entry.id)", entry.host, entry.command, entry.state.rawValue,
                            Output.time(milliseconds: entry.created * 1000),
                            entry.expires.map { Output.time(milliseconds: $0 * 1000) } ?? "never", entry.note ?? "",
                        ]
                    }))
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a command that waits out of the queue.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Its number, from `onboot list`.")
        var number: Int64

        func run() throws {
            let journal = try Store(reading: try options.load().state).onboot
            guard try journal.remove(number, now: UnixTime.now()) else {
                let state = try journal.entry(number).map { "it is \($0.state.rawValue)" } ?? "there is none"
                throw Failure("number \(number) does not wait: \(state)")
            }
            try options.show(["removed": number], "number \(number) removed")
        }
    }

    struct Requeue: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Queue an uncertain, delivered or expired command again.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Its number, from `onboot list --all`.")
        var number: Int64

        func run() throws {
            let journal = try Store(reading: try options.load().state).onboot
            guard let entry = try journal.entry(number) else { throw Failure("there is no number \(number)") }
            guard ![.queued, .delivering].contains(entry.state) else {
                throw Failure("number \(number) is \(entry.state.rawValue): nothing to queue again")
            }
            let id = try journal.add(
                host: entry.host, command: entry.command, expires: nil, now: UnixTime.now(),
                note: "again, after number \(number)")
            try options.show(["queued": id], "\(entry.host): \(entry.command) (number \(id))")
        }
    }
}

/// `pc01`, `group:win11`, `room:r101`.
struct Target {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    /// - Throws: `Failure` if there is no such host.
    func hosts(in assembly: Assembly) throws -> [Host] {
        let devices = assembly.hosts.devices
        if text.hasPrefix("group:") {
            return try some(devices.hosts.filter { $0.group.description == text.dropFirst("group:".count) }, assembly)
        }
        if text.hasPrefix("room:") {
            return try some(devices.hosts.filter { $0.room == text.dropFirst("room:".count) }, assembly)
        }
        return [try assembly.host(text)]
    }

    private func some(_ hosts: [Host], _ assembly: Assembly) throws -> [Host] {
        guard !hosts.isEmpty else { throw assembly.noHost("of \(text)") }
        return hosts
    }
}

/// The numbers of a command, against the operating systems of a host's start.conf.
enum SystemNumbers {
    private static let sizeLimit = 1 << 20

    /// A group without a readable start.conf is not checked: it may come before the PC boots.
    static func check(_ list: LinboCommandList, of command: String, for host: Host, _ assembly: Assembly) throws {
        let file = "\(assembly.config.linbo.root)/start.conf.\(host.group)"
        guard let bytes = try? FileBytes.read(followingLinks: file, limit: sizeLimit) else { return }
        let count = StartConf(parsing: bytes, file: file).systems.count
        guard count > 0, let wrong = list.systemNumbers.first(where: { $0.number > count }) else { return }
        let error = LinboCommandError(
            column: wrong.column,
            message: "\(host.name) has \(count) operating system(s) in \(file), no number \(wrong.number)")
        throw Failure("\(error.message)\n\(error.caret(under: command))")
    }
}
