import API
import CommandLineKit
import Control
import Glibc
import Jobs
import LinboHookd
import LinboModel
import LinuxKit
import Remote

/// linbo-remote, as its callers know it: options, texts that they parse, exit status.
struct LinboRemote {
    private let order: LinboRemoteOptions
    private let options: CommonOptions
    /// In the order of the words, each once.
    private let hosts: [String]

    private static let usage = """
        Usage: linbo-remote <options>

         -i <names>     hosts or addresses, with commas between them
         -g <group>     all hosts of a group
         -r <room>      all hosts of a room
         -s <school>    the school that they are of; by default default-school
         -c <commands>  PCs that run LINBO do them now
         -p <commands>  PCs do them at their next boot
         -w <seconds>   PCs are woken, and waited for so long; 0: nobody waits
         -b <seconds>   between two PCs that are woken
         -u             ignored: the broadcast address of a PC's network is always taken
         -d             no buttons at the next boot
         -n             nothing by itself at the next boot
         -a <host>      show what a host says that is at work
         -l             list hosts that are at work
         -h             this text

        Commands: partition label format[:N] initcache sync:N new:N postsync:N start:N prestart:N
        create_image:N[:text] create_qdiff:N[:text] upload_image:N upload_qdiff:N update reboot halt.
        More can be done and is told by `linboctl remote`.
        """

    /// - Returns: the exit status: 0 if there was something to do, whatever became of it.
    static func run(_ words: [String], _ options: CommonOptions) async throws -> Int32 {
        do {
            switch try LinboRemoteOptions.call(words) {
            case .help: print(usage)
            case .list: return try await LinboRemoteSessions(options).list()
            case .attach(let host): return try await LinboRemoteSessions(options).show(host)
            case .order(let order):
                let hosts = try await LinboRemoteHosts(order, options).all()
                try await Self(order: order, options: options, hosts: hosts).run()
                return 0
            }
        } catch let refusal as LinboRemoteOptions.Refusal {
            if refusal.isError { Terminal.complain(refusal.reason) }
            print(usage)
            if !refusal.isError { print("\n\(refusal.reason)") }
        }
        return 1
    }

    private func run() async throws {
        if let command = order.command {
            _ = try await refusing { try await options.ask(PreviewRemote(targets: hosts, command: command)) }
        }
        let keeper = try await keep()
        Self.frame("start")
        if keeper != nil { tell("Preparing onboot linbo tasks", hosts.map { ($0, "Ok!") }) }
        if let wait = order.wait, order.command == nil || wait > 0 {
            try await wake()
            if wait > 0 {
                try await self.wait(wait) { try await missing(keeper).isEmpty }
                if order.command == nil { try await verify(keeper) }
            }
        }
        if let command = order.command { try await send(command) }
        Self.frame("end")
    }

    /// What can't be done is told as a wrong call is.
    private func refusing<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let fault as Fault where [.invalid, .missing, .conflict].contains(fault.kind) {
            throw LinboRemoteOptions.Refusal(reason: fault.what)
        }
    }

    // MARK: At the next boot

    /// - Returns: nil: nothing is to be kept.
    private func keep() async throws -> (any BootCommandKeeper.Type)? {
        guard let text = order.kept else { return nil }
        guard let keeper = bootCommandKeeper else {
            throw LinboRemoteOptions.Refusal(reason: "No plugin keeps commands for the next boot!")
        }
        let wait = order.command == nil ? order.wait ?? 0 : 0
        _ = try await refusing {
            try await keeper.keep(
                text, for: hosts, replaces: true, expires: wait > 0 ? "\(wait)s" : nil, by: options)
        }
        return keeper
    }

    // MARK: Waking

    private func wake() async throws {
        let restarts = order.kept != nil && order.command == nil
        let online = restarts ? try await linbo() : []
        print("\nTrying to wake up:")
        let targets = order.pause.map { _ in hosts.map { [$0] } } ?? [hosts]
        for (index, some) in targets.enumerated() {
            if index > 0, let pause = order.pause, pause > 0 { try await Task.sleep(for: .seconds(pause)) }
            _ = try await options.ask(
                WakePCs(targets: some, wave: nil, wait: nil, restarts: restarts), within: .seconds(60))
            for host in some {
                line(host, online.contains(host) ? "Client is already online, rebooting ..." : "Told to wake.")
            }
        }
    }

    /// Up to so many seconds, a dot for each.
    private func wait(_ seconds: Int, _ isOver: () async throws -> Bool) async throws {
        print("\nWaiting \(seconds) second(s) for client(s) to boot", terminator: " ")
        Terminal.flush()
        let clock = ContinuousClock()
        let began = clock.now
        for second in 1...seconds {
            if try await isOver() { break }
            try await clock.sleep(until: began + .seconds(second))
            print(".", terminator: "")
            Terminal.flush()
        }
        print("")
    }

    /// Who has not come, or has not fetched what is kept.
    private func missing(_ keeper: (any BootCommandKeeper.Type)?) async throws -> Set<String> {
        if order.command == nil, let keeper { return try await keeper.unfetched(among: hosts, by: options) }
        return try await Set(hosts).subtracting(linbo())
    }

    private func verify(_ keeper: (any BootCommandKeeper.Type)?) async throws {
        let missing = try await missing(keeper)
        if keeper != nil {
            tell("Verifying onboot tasks", hosts.map { ($0, missing.contains($0) ? "Not done, host skipped!" : "Ok!") })
        } else {
            tell("Testing if clients have booted", hosts.map { ($0, missing.contains($0) ? "Not online!" : "Online!") })
        }
    }

    private func linbo() async throws -> Set<String> {
        let found = try await options.ask(
            ProbePCs(targets: hosts, onlyLinbo: true), within: .seconds(60), quietly: true)
        return Set(found.filter { $0.found == .linbo }.map(\.host))
    }

    // MARK: Now

    private func send(_ command: String) async throws {
        let online = try await linbo()
        var jobs: [String: Int64] = [:]
        let targets = hosts.filter(online.contains)
        if !targets.isEmpty {
            // Upstream's second order for a PC that is at work is lost; here it comes after the first.
            let answer = try await options.ask(
                RunRemote(targets: targets, command: command, isConfirmed: true, whenBusy: .append),
                within: .seconds(60))
            for job in answer.jobs { jobs[job.lane ?? ""] = job.id }
        }
        let directory = (try? options.load())?.remote.logDirectory ?? RemoteSettings().logDirectory
        tell(
            "Sending command(s) to",
            hosts.map { host in
                guard let job = jobs[host] else { return (host, "Not online, host skipped.") }
                return (host, "Started with PID \(job). Log see \(directory)/\(host).linbo-remote.")
            })
    }

    // MARK: Words

    private static func frame(_ word: String) {
        let date = LinboRemoteSessions.date(UnixTime.now(), "%a %b %e %H:%M:%S %Z %Y")
        print("###\n### linbo-remote (\(getpid())) \(word): \(date)\n###")
        Terminal.flush()
    }

    private func tell(_ title: String, _ results: [(host: String, text: String)]) {
        print("\n\(title):")
        for (host, text) in results { line(host, text) }
    }

    private func line(_ host: String, _ text: String) {
        print(" \(host) ... \(text)")
        Terminal.flush()
    }
}
