import HookConfig
import Jobs
import LinboModel
import LinuxKit
import SSH

/// One command of an order, from before it is sent until what became of it is known and noted.
struct RunningStep: Sendable {
    private let pc: RemotePC
    let step: RemoteStep
    private let command: LinboCommand
    private let tag: String
    private let limit: Duration

    /// A command that writes more is stopped: nobody reads that.
    private static let mostOutput = 4 << 20
    /// Between two looks.
    private static let pause = Duration.seconds(1)

    init(_ pc: RemotePC, _ step: RemoteStep, _ command: LinboCommand) {
        (self.pc, self.step, self.command) = (pc, step, command)
        // A job that is begun anew by hand has a time of its own.
        tag = "\(pc.job.id)-\(pc.job.created)-\(step.position)"
        limit = pc.settings.limit(of: command.word)
    }

    /// Of an earlier daemon that noted it, and died before it could say so.
    func rejectWhatEnded() throws {
        switch step.state {
        case .failed: throw StepFailed("\(command) failed\(Self.words(step.status))")
        case .uncertain: throw JobUncertain("what became of \(command) is not known")
        case .waiting, .running, .done: return
        }
    }

    /// - Throws: `StepFailed`, `JobUncertain`; what a cancelled task throws, if the next daemon is to go on.
    func perform() async throws {
        let isNew = step.state == .waiting
        if isNew {
            try pc.journal.begin(pc.job.id, step: step.position, now: pc.world.now())
            pc.run.log("### \(command)")
        }
        let status: Int?
        do throws(SSHError) {
            status = try await isNew ? send() : returned()
        } catch {
            return try await settle(error)
        }
        try await settle(status)
    }

    // MARK: On the PC

    private func send() async throws(SSHError) -> Int? {
        let secret = pc.commands.needsPassword ? try? pc.world.password() : nil
        let output = StepOutput(
            pc.run, step.position, of: pc.commands.commands.count,
            hiding: secret.flatMap { $0.split(separator: ":", maxSplits: 1).last.map(String.init) })
        let result: Result<Int?, SSHError> = await withTaskGroup(of: Void.self) { group in
            group.addTask { await output.feed() }
            defer { group.cancelAll() }
            do throws(SSHError) {
                return .success(
                    try await pc.line.follow(
                        PCShell.run(command.argument, tag: tag), within: limit, outputLimit: Self.mostOutput
                    ) { output.add($0) })
            } catch {
                return .failure(error)
            }
        }
        output.finish()
        return try result.get()
    }

    /// What became of it while nobody was connected.
    /// - Returns: its status; nil or `unknown` if there is none.
    /// - Throws: as ssh does, if the PC can't be found.
    private func returned() async throws(SSHError) -> Int? {
        let until = pc.world.now() + pc.settings.lost.milliseconds
        while true {
            do throws(SSHError) {
                let session = try await pc.line.session()
                let (text, _) = try await session.result(of: PCShell.wait(tag: tag), within: limit)
                return Int(text.trimmingPrefix { $0.isWhitespace }.prefix { $0.isNumber }) ?? Self.unknown
            } catch {
                switch error {
                case .cancelled, .late, .unknownHostKey, .keyNotAccepted, .badKey: throw error
                case .silent, .refused, .broken, .tooMuchOutput: break
                }
                await pc.line.drop()
                guard pc.world.now() < until else { throw error }
                do { try await pc.world.sleep(Self.pause) } catch { throw .cancelled }
            }
        }
    }

    /// No command of LINBO's ends with it.
    private static let unknown = -1

    /// - Returns: what became of it, in words.
    private func stop() async -> (words: String, isKnown: Bool) {
        await pc.run.apart { [pc, command, tag] in
            do throws(SSHError) {
                let (text, _) = try await pc.line.result(of: PCShell.stop(tag: tag), within: RemotePC.patience)
                return text.hasPrefix("left")
                    ? ("\(command) could not be stopped, and goes on", false) : ("\(command) was stopped", true)
            } catch {
                return ("whether \(command) was stopped is not known: \(error)", false)
            }
        }
    }

    // MARK: What became of it

    private func settle(_ status: Int?) async throws {
        if status == Self.unknown {
            // It was started anew, and nothing of before is there any more.
            if command.leaves { return try await finishLeaving(isBack: true) }
            try end(.uncertain, nil)
            throw JobUncertain(
                "\(command) ran, and whether to its end is not known: the PC was started anew, or it died")
        }
        guard status == 0 else {
            try end(.failed, status)
            throw StepFailed("\(command) failed\(Self.words(status))")
        }
        if command.leaves { return try await finishLeaving(isBack: false) }
        try end(.done, status)
    }

    private func settle(_ error: SSHError) async throws {
        switch error {
        case .cancelled:
            guard pc.run.isToStop else { throw CancellationError() }
            let (words, isKnown) = await stop()
            try end(isKnown ? .failed : .uncertain, nil)
            pc.run.log(words)
            throw isKnown ? StepFailed(words) as any Error : JobUncertain(words)
        case .late, .tooMuchOutput:
            let (words, isKnown) = await stop()
            try end(isKnown ? .failed : .uncertain, nil)
            throw StepFailed("\(command): \(error); \(words)")
        case .unknownHostKey, .keyNotAccepted, .badKey, .silent, .refused, .broken:
            if command.leaves { return try await finishLeaving(isBack: false) }
            try await comeBack(error)
        }
    }

    /// The connection broke; the command goes on without.
    private func comeBack(_ error: SSHError) async throws {
        guard step.state == .waiting else { return try lost(error) }
        pc.run.log("\(error); \(command) goes on, and is waited for")
        await pc.line.drop()
        let status: Int?
        do throws(SSHError) {
            status = try await returned()
        } catch {
            switch error {
            case .cancelled, .late: return try await settle(error)
            default: return try lost(error)
            }
        }
        try await settle(status)
    }

    private func lost(_ error: SSHError) throws {
        try end(.uncertain, nil)
        throw JobUncertain("the PC was lost while \(command) ran: \(error)")
    }

    // MARK: Leaving

    /// - Parameter isBack: it has left, and come back already.
    private func finishLeaving(isBack: Bool) async throws {
        do {
            if !isBack { try await untilItLeaves() }
            try pc.forgetTraces()
            if !isBack, command.comesBack, pc.settings.seen > .zero { try await untilItIsSeen() }
        } catch let error as StepFailed {
            try end(.failed, nil)
            throw error
        } catch {
            guard pc.run.isToStop else { throw error }
            try end(.uncertain, nil)
            throw JobUncertain("it was told \(command): that can't be taken back")
        }
        try end(.done, 0)
    }

    private func untilItLeaves() async throws {
        let until = pc.world.now() + limit.milliseconds
        while true {
            do throws(SSHError) {
                let (text, _) = try await pc.line.result(of: PCShell.knows(tag: tag), within: Self.pause * 10)
                guard text.hasPrefix("yes") else { return }
            } catch {
                if error == .cancelled { throw CancellationError() }
                return
            }
            guard pc.world.now() < until else {
                throw StepFailed("it was told \(command), and LINBO runs still after \(limit.text)")
            }
            try await pc.world.sleep(Self.pause)
        }
    }

    private func untilItIsSeen() async throws {
        let left = pc.world.now()
        pc.run.log("it has left LINBO")
        while pc.world.now() - left < pc.settings.seen.milliseconds {
            try await pc.world.sleep(Self.pause)
            if let seen = try? await pc.world.seen(), seen > left { return }
            for port in SystemPort.all.map(\.port) + [pc.settings.port] where await pc.world.answers(port) { return }
        }
        throw StepFailed("it left LINBO by \(command), and nothing was heard of it for \(pc.settings.seen.text)")
    }

    // MARK: Notes

    private func end(_ state: RemoteStep.State, _ status: Int?) throws {
        try pc.journal.end(pc.job.id, step: step.position, state, status: status, now: pc.world.now())
    }

    private static func words(_ status: Int?) -> String { status.map { " with status \($0)" } ?? ": it was killed" }
}

/// A command did not do what it was to.
struct StepFailed: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
