import API
import ArgumentParser
import CommandLineKit
import Control
import Glibc
import HookConfig
import Jobs
import LinboHookd
import LinboModel
import Remote

struct RemoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote", abstract: "Have PCs that run LINBO do commands now, and say which failed and why.",
        subcommands: [
            Run.self, Show.self, Retry.self, Cancel.self, Keys.self, Trust.self, Distrust.self,
        ], defaultSubcommand: Run.self)

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give an order, such as: room:r101 sync:1,start:1",
            discussion: """
                Commands: partition label format[:N] initcache sync:N new:N postsync:N start:N prestart:N \
                create_image:N[:"text"] create_qdiff:N[:"text"] upload_image:N upload_qdiff:N update reboot halt. N counts \
                from 1, as in start.conf. They are done in order, on each PC up to the first that fails. Exit status 0: \
                all went well on all PCs.
                """)

        @OptionGroup var options: CommonOptions

        @Argument(
            help:
                "Hosts, room:NAME, group:NAME, school:NAME, all, with commas or blanks between them; then the commands."
        )
        var words: [String]

        @Flag(name: .long, help: "Do not ask, though something is destroyed.")
        var yes = false

        @Flag(name: .long, help: "After what the PCs have to do already; else nothing is done if one is busy.")
        var append = false

        @Option(name: .long, help: "Wake PCs that do not answer, and wait so long for each: 30s, 5m.")
        var wait: String?

        @Flag(name: .long, help: "PCs on which a system runs are left alone, and are no failure.")
        var skipInUse = false

        @OptionGroup var schedule: ScheduleOptions

        @Flag(name: .long, help: "Only show what would be done.")
        var preview = false

        @Flag(name: .long, help: "Do not wait for the end: `linboctl remote show` tells how far it is.")
        var detach = false

        @Flag(
            name: .long,
            help: """
                At the next boot instead of now. With --wait the PCs are woken, those that run LINBO started anew, and who \
                has not fetched it by then does not get it.
                """)
        var onboot = false

        @Flag(name: .long, help: "With --onboot: PCs do nothing by themselves at that boot.")
        var noauto = false

        @Flag(name: .long, help: "With --onboot: PCs show no buttons at that boot.")
        var disablegui = false

        func validate() throws {
            guard words.count >= 2 else {
                throw ValidationError("name a host and a command, such as: pc01 sync:1,start:1")
            }
            guard onboot || !noauto && !disablegui else {
                throw ValidationError("--noauto and --disablegui are for the next boot: say --onboot")
            }
            guard onboot else { return }
            guard !append && !preview && !detach else {
                throw ValidationError("--append, --preview and --detach do not go with --onboot")
            }
            guard schedule.wish == nil else {
                throw ValidationError(
                    "--at and --every do not go with --onboot, as a boot command is there at once and waits by itself; "
                        + "to have PCs woken then and do it: \(words.dropLast().joined(separator: " ")) "
                        + "'\(words[words.count - 1])' --wait 10m, with --at or --every and without --onboot")
            }
            guard !skipInUse || wait != nil else {
                throw ValidationError(
                    "with --onboot alone no PC is disturbed; --skip-in-use is for those that --wait wakes and waits for"
                )
            }
        }

        func run() async throws {
            let targets = Array(words.dropLast())
            let command = words[words.count - 1]
            if onboot { return try await keep(command, for: targets) }
            if preview {
                let view = try await view(command, for: targets)
                return try options.show(view, view.text)
            }
            let isConfirmed = try await isConfirmed(command, for: targets)
            let question = RunRemote(
                targets: targets, command: command, isConfirmed: isConfirmed, whenBusy: append ? .append : .refuse,
                wait: wait, skipsInUse: skipInUse)
            if var wish = schedule.wish {
                wish.remote = question
                return try await schedule.add(wish, options)
            }
            let answer = try await options.ask(question, within: .seconds(60))
            Terminal.complain(skipped: answer.skipped)
            if detach {
                return try options.show(answer, "order \(answer.number): \(answer.jobs.count) PCs")
            }
            if !options.json {
                Terminal.complain(
                    "order \(answer.number): \(answer.jobs.count) PCs; it goes on without you: "
                        + "`linboctl remote cancel \(answer.number)` stops it")
            }
            try await RemoteWatch(options, number: answer.number).run()
        }

        private func view(_ command: String, for targets: [String]) async throws -> PreviewRemote.Answer {
            try await options.ask(PreviewRemote(targets: targets, command: command))
        }

        /// A person is asked, if there is one and something is lost.
        private func isConfirmed(_ command: String, for targets: [String]) async throws -> Bool {
            guard !yes, isatty(STDIN_FILENO) == 1, !options.json else { return yes }
            let view = try await view(command, for: targets)
            guard !view.losses.isEmpty else { return false }
            Terminal.complain(view.text)
            guard Self.ask("Go on? [y/N] ") else { throw Failure("nothing was done") }
            return true
        }

        private func keep(_ command: String, for targets: [String]) async throws {
            guard let keeper = bootCommandKeeper else {
                throw Failure("no plugin keeps commands for the next boot")
            }
            let flags = (noauto ? [",noauto"] : []) + (disablegui ? [",disablegui"] : [])
            let text = try await keeper.keep(
                command + flags.joined(), for: targets, replaces: false, expires: wait, by: options)
            if !options.json { print(Output.printable(text)) }
            guard let wait else { return }
            try await WakeWatch(options).run(
                WakePCs(targets: targets, wave: nil, wait: wait, restarts: true, skipsInUse: skipInUse))
        }

        private static func ask(_ question: String) -> Bool {
            let bytes = Array(question.utf8)
            _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            return ["y", "yes", "j", "ja"].contains(readLine()?.lowercased() ?? "")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "How far an order is, and what became of it. Exit status 0: all went well.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Its number.")
        var number: Int64

        @Flag(name: .long, help: "Wait for its end.")
        var wait = false

        func run() async throws {
            if wait { return try await RemoteWatch(options, number: number).run() }
            try RemoteWatch(options, number: number).end(try await options.ask(GetRemote(number: number)))
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have those PCs that did not get it done do it again, from the first command on.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "The order's number.")
        var number: Int64

        func run() async throws {
            let jobs = try await options.ask(RetryRemote(number: number))
            if !options.json { Terminal.complain("order \(number): \(jobs.count) PCs once more") }
            try await RemoteWatch(options, number: number).run()
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop an order: PCs that have not begun do not, those at it are told to stop.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Its number.")
        var number: Int64

        func run() async throws {
            let jobs = try await options.ask(CancelRemote(number: number))
            try options.show(jobs, "order \(number): \(jobs.count) PCs are told to stop")
        }
    }

    struct Keys: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keys by which PCs have shown who they are; all PCs of one linbofs have the same.")

        @OptionGroup var options: CommonOptions

        func run() async throws {
            let keys = try await options.ask(GetHostKeys())
            try options.show(
                keys,
                Output.table(
                    ["key", "type", "trusted", "by", "seen first", "on"],
                    keys.map {
                        [
                            $0.fingerprint, $0.type, $0.isTrusted ? "yes" : "no", $0.by ?? "-",
                            Output.time(milliseconds: $0.first), $0.host,
                        ]
                    }))
        }
    }

    struct Trust: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Speak to PCs that show a key, as after linbofs was built anew with another one.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "SHA256:…, from `remote keys`.")
        var fingerprint: String

        func run() async throws {
            let key = try await options.ask(TrustHostKey(fingerprint: fingerprint, isTrusted: true))
            try options.show(key, "\(key.fingerprint) (\(key.type)) is trusted")
        }
    }

    struct Distrust: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Speak no more to PCs that show a key.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "SHA256:…, from `remote keys`.")
        var fingerprint: String

        func run() async throws {
            let key = try await options.ask(TrustHostKey(fingerprint: fingerprint, isTrusted: false))
            try options.show(key, "\(key.fingerprint) (\(key.type)) is not trusted")
        }
    }
}

/// The plugin that keeps commands for the next boot; nil: this version has none.
var bootCommandKeeper: (any BootCommandKeeper.Type)? {
    pluginRegistry.lazy.compactMap { $0 as? any BootCommandKeeper.Type }.first
}

extension PreviewRemote.Answer {
    fileprivate var text: String {
        var lines: [String] = []
        for group in groups {
            lines.append("\(group.hosts.count) PCs of group \(group.group): \(Self.names(group.hosts))")
            lines += group.steps.map { "  \($0)" }
            if !group.prevented.isEmpty {
                lines.append("  not done by themselves until the next boot: \(group.prevented.joined(separator: ", "))")
            }
        }
        lines += losses.map { "lost on each: \($0)" }
        if !inSystem.isEmpty { lines.append("a system runs, not LINBO: \(Self.names(inSystem))") }
        if !unseen.isEmpty { lines.append("not seen for half a day, likely off: \(Self.names(unseen))") }
        lines += busy.map { "busy: \($0)" }
        if !skipped.isEmpty { lines.append("skipped, as their PXE flag is neither 1 nor 2: \(Self.names(skipped))") }
        return lines.map(Output.printable).joined(separator: "\n")
    }

    private static func names(_ hosts: [String]) -> String {
        hosts.prefix(20).joined(separator: " ") + (hosts.count > 20 ? " and \(hosts.count - 20) more" : "")
    }
}
