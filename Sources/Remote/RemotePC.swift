import HookConfig
package import Jobs
package import LinboModel
import LinuxKit
package import SSH

/// An order on one PC, as a job does it (docs/linbo.md#remote-commands): each command is one `linbo_wrapper`, in order,
/// up to the first that fails; the PC's screen is disabled meanwhile.
package struct RemotePC: Sendable {
    /// What it needs of the world.
    package struct World: Sendable {
        /// Connects to the PC; gets somebody who wants to know what is new about its key.
        package let connect: @Sendable (@escaping @Sendable (String) -> Void) async throws(SSHError) -> SSHSession
        /// Tells it to wake.
        package let wake: @Sendable () throws -> Void
        /// When the server heard of it last, milliseconds since 1970; nil: never.
        package let seen: @Sendable () async throws -> Int64?
        /// Whether somebody listens at one of its ports.
        package let answers: @Sendable (UInt16) async -> Bool
        /// `linbo:` and the password for uploads.
        package let password: @Sendable () throws -> String
        /// Milliseconds since 1970.
        package let now: @Sendable () -> Int64
        /// Throws if the task is cancelled.
        package let sleep: @Sendable (Duration) async throws -> Void

        /// - Parameter sleep: between two looks.
        package init(
            connect: @escaping @Sendable (@escaping @Sendable (String) -> Void) async throws(SSHError) -> SSHSession,
            wake: @escaping @Sendable () throws -> Void, seen: @escaping @Sendable () async throws -> Int64?,
            answers: @escaping @Sendable (UInt16) async -> Bool, password: @escaping @Sendable () throws -> String,
            now: @escaping @Sendable () -> Int64 = { UnixTime.nowMilliseconds() },
            sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
        ) {
            (self.connect, self.wake, self.seen, self.answers) = (connect, wake, seen, answers)
            (self.password, self.now, self.sleep) = (password, now, sleep)
        }
    }

    /// The PC answers, but not as LINBO: somebody may sit there.
    package struct NotLinbo: Error, CustomStringConvertible {
        /// What it runs, and how that is known.
        package let description: String
    }

    let job: Job
    let commands: LinboCommandList
    let wait: Duration
    let settings: RemoteSettings
    let journal: RemoteJournal
    let run: JobRun
    let world: World
    let line: PCLine

    /// For whatever is done besides the commands.
    static let patience = Duration.seconds(30)
    /// So often a connection may break before anything was asked.
    private static let patienceForBreaks = 3

    /// - Parameters:
    ///   - wait: it is woken if it does not answer, and waited for so long; zero: it must be there.
    ///   - run: of the job.
    package init(
        _ job: Job, _ commands: LinboCommandList, wait: Duration, settings: RemoteSettings, journal: RemoteJournal,
        run: JobRun, world: World
    ) {
        (self.job, self.commands, self.wait, self.settings) = (job, commands, wait, settings)
        (self.journal, self.run, self.world) = (journal, run, world)
        line = PCLine { () throws(SSHError) in try await world.connect { run.log($0) } }
    }

    /// Does what of the order is not done yet.
    /// - Throws: what went wrong, once the PC is as it was, or nobody can do anything about that. `JobUncertain` if what
    ///   became of a command is not known. If the daemon is about to end, nothing on the PC is touched: the next one goes
    ///   on.
    package func perform() async throws -> JobResult {
        let steps = try journal.prepare(job.id, commands.commands.map(\.argument), isNew: job.attempts <= 1)
        do {
            try await work(steps)
        } catch {
            if Task.isCancelled, !run.isToStop { throw error }
            await run.apart { await tidyUp() }
            throw error
        }
        await run.apart { await tidyUp() }
        return JobResult(note: commands.text)
    }

    private func work(_ steps: [RemoteStep]) async throws {
        var isThere = false
        for (step, command) in zip(steps, commands.commands) where step.state != .done {
            let step = RunningStep(self, step, command)
            try step.rejectWhatEnded()
            // One that was told to go away before a daemon's death need not be there any more.
            if !isThere, step.step.state == .waiting || !command.leaves {
                try await arrive()
                try await prepare()
                isThere = true
            }
            try await step.perform()
        }
    }

    // MARK: Before

    /// Until LINBO answers.
    private func arrive() async throws {
        let until = world.now() + wait.milliseconds
        var isWoken = false
        var breaks = 0
        while true {
            do throws(SSHError) {
                if try await line.result(of: PCShell.isLinbo, within: Self.patience).status == 0 { return }
            } catch {
                // LINBO's ssh has a few connections at a time for those who have not shown a key yet, and resets others.
                if case .broken = error, breaks < Self.patienceForBreaks {
                    breaks += 1
                    try await world.sleep(.seconds(2))
                    continue
                }
                guard error == .refused || error.isSilence else { throw error }
                guard world.now() < until else { throw await notThere(error) }
                if !isWoken {
                    run.log("\(error); it is told to wake")
                    do { try world.wake() } catch { run.log("it can't be told to: \(error)") }
                    isWoken = true
                }
                try await world.sleep(.seconds(3))
                continue
            }
            throw NotLinbo(description: "it runs a system that LINBO has synced, not LINBO")
        }
    }

    private func notThere(_ error: SSHError) async -> any Error {
        for (port, system) in SystemPort.all where await world.answers(port) {
            let words = system == .windows ? "Windows" : "Linux, not LINBO"
            return NotLinbo(description: "it runs \(words): its port \(port) answers")
        }
        return error
    }

    /// What goes onto the PC is noted first.
    private func prepare() async throws {
        var traces = try journal.traces(of: job.id)
        if commands.needsPassword {
            let password = try world.password()
            traces.hasSecret = true
            try journal.set(traces, of: job.id)
            try await line.write(Array("\(password)\n".utf8), to: PCShell.secrets, within: Self.patience)
        }
        guard !traces.isDisabled else { return }
        traces.isDisabled = true
        try journal.set(traces, of: job.id)
        let (_, status) = try await line.result(of: PCShell.disable, within: Self.patience)
        if status != 0 { run.log("its screen can't be disabled: gui_ctl ended with \(status.map(String.init) ?? "?")") }
    }

    // MARK: Afterwards

    /// Nothing has to go from the PC any more: it was put back, or went with the PC's memory.
    func forgetTraces() throws { try journal.set(.none, of: job.id) }

    /// Puts back what was changed on the PC; told if that can't be.
    private func tidyUp() async {
        do {
            let traces = try journal.traces(of: job.id)
            guard traces != .none else { return }
            let text = PCShell.tidyUp(secret: traces.hasSecret, screen: traces.isDisabled)
            let (_, status) = try await line.result(of: text, within: Self.patience)
            if status != 0 {
                run.log("its screen can't be given back: gui_ctl ended with \(status.map(String.init) ?? "?")")
            }
            try forgetTraces()
        } catch {
            run.log("it can't be put back as it was, and stays so until its next boot: \(error)")
        }
    }
}

extension SSHError {
    var isSilence: Bool {
        if case .silent = self { return true }
        return false
    }
}
