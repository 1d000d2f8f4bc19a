import ArgumentParser
import HookConfig
import HookHost
import HookStore
import LinboHookd
import LinboModel
import LinuxKit
import OnbootCmd

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

        @Argument(help: "Hosts, group:NAME or room:NAME, with commas or blanks between them; then the command.")
        var words: [String]

        @Option(name: .long, help: "Forget it if the PC has not booted by then: 30m, 12h, 7d, never.")
        var expires: Expiry?

        @Flag(name: .long, help: "What waits already is taken out.")
        var replace = false

        @Flag(name: .long, help: "What waits already runs first, a boot for each.")
        var append = false

        func validate() throws {
            guard words.count >= 2 else {
                throw ValidationError("name a host and a command, such as: pc01 sync:1,start:1")
            }
            guard !replace || !append else { throw ValidationError("--replace and --append exclude each other") }
        }

        private var command: String { words[words.count - 1] }

        func run() throws {
            let config = try options.load()
            let assembly = try options.assembly(config, store: nil)
            let plugin = try assembly.plugin(OnbootCmd.self)
            let targets = try Targets(words.dropLast()).hosts(in: assembly)
            let list = try parsed(for: targets.hosts, assembly)
            let now = UnixTime.now()
            let store = try Store(folder: config.state)
            try store.onboot.expire(now: now)
            try askAboutWaiting(targets.hosts, store.onboot)
            let span = expires.map(\.duration) ?? plugin.expires
            var added: [OnbootEntry] = []
            for host in targets.hosts {
                let name = host.name.description
                if replace { try store.onboot.removeAll(host: name, now: now) }
                let id = try store.onboot.add(
                    host: name, command: list.text, expires: span.map { now + $0.milliseconds / 1000 }, now: now)
                if let entry = try store.onboot.entry(id) { added.append(entry) }
            }
            targets.tellSkipped()
            try options.show(added, added.map(Self.text).joined(separator: "\n"))
        }

        private static func text(_ entry: OnbootEntry) -> String {
            let until = entry.expires.map { "until \(Output.time(milliseconds: $0 * 1000))" } ?? "for ever"
            return "\(entry.host): \(entry.command) (number \(entry.id), waits \(until))"
        }

        /// A second command is run by a second boot: rarely what is meant.
        private func askAboutWaiting(_ hosts: [Host], _ journal: OnbootJournal) throws {
            guard !replace, !append else { return }
            let waiting = try hosts.flatMap { try journal.list(host: $0.name.description) }.filter {
                $0.state == .queued
            }
            guard !waiting.isEmpty else { return }
            let shown = waiting.prefix(5).map { "  \($0.host): \($0.command) (number \($0.id))" }
            let more = waiting.count > 5 ? ["  … \(waiting.count - 5) more: see `linboctl onboot list`"] : []
            throw Failure(
                (["something waits already; say --replace to take it out, or --append to run it first:"] + shown + more)
                    .joined(separator: "\n"))
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

    /// `12h`, or `never`.
    struct Expiry: ExpressibleByArgument {
        let duration: Duration?

        init?(argument: String) {
            duration = Duration(parsing: argument)
            guard duration != nil || argument == "never" else { return nil }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What waits, is on its way, or is uncertain.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Hosts, group:NAME or room:NAME; all by default.")
        var targets: [String] = []

        @Flag(name: .long, help: "What is over, too.")
        var all = false

        func run() throws {
            let config = try options.load()
            let store = try Store(reading: config.state)
            try store.onboot.expire(now: UnixTime.now())
            let assembly = try options.assembly(config, store: nil)
            let names = targets.isEmpty ? nil : Set(try Targets(targets).all(in: assembly).map(\.name.description))
            let dropped = DroppedCommands.waiting(in: config.tree, for: assembly.hosts.devices, store.onboot)
            let entries = (try store.onboot.list(all: all).reversed() + dropped).filter {
                names?.contains($0.host) ?? true
            }
            try options.show(
                entries,
                Output.table(
                    ["number", "host", "command", "state", "queued", "expires", "remark"],
                    entries.map { entry in
                        [
                            entry.id == 0 ? "-" : "\(entry.id)", entry.host, entry.command, entry.state.rawValue,
                            Output.time(milliseconds: entry.created * 1000),
                            entry.expires.map { Output.time(milliseconds: $0 * 1000) } ?? "never", entry.note ?? "",
                        ]
                    }))
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take commands that wait out of the queue.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Numbers from `onboot list`, or hosts, group:NAME, room:NAME: all that waits for them.")
        var which: [String]

        func run() throws {
            let config = try options.load()
            let journal = try Store(reading: config.state).onboot
            let numbers = which.filter { $0.allSatisfy(\.isNumber) }.compactMap { Int64($0) }
            let names = which.filter { !$0.allSatisfy(\.isNumber) }
            // Before anything is removed: one that is wrong leaves all as it was.
            for number in numbers { try check(number, journal) }
            let hosts = names.isEmpty ? [] : try Targets(names).all(in: try options.assembly(config, store: nil))
            var removed = try numbers.compactMap { number in
                try journal.remove(number, now: UnixTime.now()) ? try journal.entry(number) : nil
            }
            for host in hosts { removed += try journal.removeAll(host: host.name.description, now: UnixTime.now()) }
            guard !removed.isEmpty else { throw Failure("nothing waits for \(which.joined(separator: " "))") }
            try options.show(
                ["removed": removed.map(\.id)],
                removed.map { "\($0.host): \($0.command) (number \($0.id)) removed" }.joined(separator: "\n"))
        }

        private func check(_ number: Int64, _ journal: OnbootJournal) throws {
            let entry = try journal.entry(number)
            guard entry?.state != .queued else { return }
            throw Failure(
                "number \(number) does not wait: \(entry.map { "it is \($0.state.rawValue)" } ?? "there is none")")
        }
    }

    struct Requeue: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Queue an uncertain, delivered or expired command again.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Its number, from `onboot list --all`.")
        var number: Int64

        func run() throws {
            let config = try options.load()
            let journal = try Store(reading: config.state).onboot
            guard let entry = try journal.entry(number) else { throw Failure("there is no number \(number)") }
            guard ![.queued, .delivering].contains(entry.state) else {
                throw Failure("number \(number) is \(entry.state.rawValue): nothing to queue again")
            }
            let span = try options.assembly(config, store: nil).plugin(OnbootCmd.self).expires
            let id = try journal.add(
                host: entry.host, command: entry.command, expires: span.map { UnixTime.now() + $0.milliseconds / 1000 },
                now: UnixTime.now(),
                note: "again, after number \(number)")
            try options.show(["queued": id], "\(entry.host): \(entry.command) (number \(id))")
        }
    }
}

/// `pc01`, `group:win11`, `room:r101`; several, with commas or blanks between them.
struct Targets {
    private let words: [String]

    init(_ words: some Sequence<String>) {
        self.words = words.flatMap { $0.split(separator: ",").map(String.init) }
    }

    /// Those that take commands, and those of rooms and groups that do not.
    struct Chosen {
        var hosts: [Host] = []
        var skipped: [Host] = []

        func tellSkipped() {
            guard !skipped.isEmpty else { return }
            let names = skipped.map { "\($0.name) (\($0.pxe))" }.joined(separator: ", ")
            Terminal.complain("linboctl: skipped, as LINBO commands are for PXE flags 1 and 2: \(names)")
        }
    }

    /// - Throws: `Failure` if there is no such host, or one that is named takes no commands.
    func hosts(in assembly: Assembly) throws -> Chosen {
        var chosen = Chosen()
        var seen: Set<HostName> = []
        for word in words {
            let found = try hosts(word, assembly)
            if !Self.isMany(word), let host = found.first, !host.takesCommands {
                throw Failure("\(host.name) has PXE flag \(host.pxe) (\(host.source)): commands are for 1 and 2")
            }
            for host in found where seen.insert(host.name).inserted {
                if host.takesCommands { chosen.hosts.append(host) } else { chosen.skipped.append(host) }
            }
        }
        guard !chosen.hosts.isEmpty else {
            throw Failure("no host of \(words.joined(separator: ", ")) has PXE flag 1 or 2, which commands are for")
        }
        return chosen
    }

    /// All of them, whatever they take.
    func all(in assembly: Assembly) throws -> [Host] { try words.flatMap { try hosts($0, assembly) } }

    private static func isMany(_ word: String) -> Bool { word.hasPrefix("group:") || word.hasPrefix("room:") }

    private func hosts(_ word: String, _ assembly: Assembly) throws -> [Host] {
        let devices = assembly.hosts.devices
        if word.hasPrefix("group:") {
            let name = word.dropFirst("group:".count)
            return try some(devices.hosts.filter { $0.group.description == name }, word, assembly)
        }
        if word.hasPrefix("room:") {
            let name = word.dropFirst("room:".count)
            return try some(devices.hosts.filter { $0.room == name }, word, assembly)
        }
        return [try assembly.host(word)]
    }

    private func some(_ hosts: [Host], _ word: String, _ assembly: Assembly) throws -> [Host] {
        guard !hosts.isEmpty else { throw assembly.noHost("of \(word)") }
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
