/// A kind of job: how it is done. Rooms and plugins register theirs.
package struct JobKind: Sendable {
    /// Such as `grub-img.build`: its owner's name comes first.
    package let name: String
    /// How many run at the same time.
    package let atOnce: Int
    /// How long one attempt may take.
    package let limit: Duration
    /// For how long after it was wanted it is tried again; nil: never.
    package let retryFor: Duration?
    /// Whether it may be done again after the daemon died at it. Else it is uncertain then, and an admin decides.
    package let mayRepeat: Bool
    /// Whether it is begun once more after a daemon's death even if somebody wants it to stop: it has things to put in
    /// order, which are not on this machine.
    package let tidiesUp: Bool
    /// - Returns: what came of it.
    /// - Throws: `JobLater` to have it tried again then; `JobUncertain`; anything else is a failure, which is tried
    ///   again as the kind says.
    let run: @Sendable (Job, JobRun) async throws -> JobResult

    /// - Parameters:
    ///   - limit: when the attempt's task is cancelled: a failure, once `run` has ended.
    ///   - run: on a thread that may block; answers a cancelled task soon.
    package init(
        _ name: String, atOnce: Int = 1, limit: Duration = .seconds(3600), retryFor: Duration? = nil,
        mayRepeat: Bool = true, tidiesUp: Bool = false,
        run: @escaping @Sendable (Job, JobRun) async throws -> JobResult
    ) {
        self.name = name
        self.atOnce = atOnce
        self.limit = limit
        self.retryFor = retryFor
        self.mayRepeat = mayRepeat
        self.tidiesUp = tidiesUp
        self.run = run
    }
}

/// What came of a job.
package struct JobResult: Sendable {
    /// In words.
    package let note: String?
    /// JSON of the kind's own form.
    package let result: String?

    /// Both may be left out: the state says that it is done.
    package init(note: String? = nil, result: String? = nil) {
        self.note = note
        self.result = result
    }
}

/// A job can't be done yet.
package struct JobLater: Error, Sendable, CustomStringConvertible {
    /// What it waits for, in words.
    package let description: String
    /// How long it waits at least.
    package let pause: Duration

    /// - Parameter reason: the job's note while it waits.
    package init(_ reason: String, tryAgainAfter pause: Duration) {
        description = reason
        self.pause = pause
    }
}

/// Nobody knows what became of a job, and it must not be done twice unasked.
package struct JobUncertain: Error, Sendable, CustomStringConvertible {
    /// What is not known, in words.
    package let description: String

    /// - Parameter reason: the job's note.
    package init(_ reason: String) {
        description = reason
    }
}

/// What a job tells while it runs, and may ask.
package struct JobRun: Sendable {
    private let tell: @Sendable (_ percent: Int?, _ lines: [String]) -> Void
    private let askWhetherToStop: @Sendable () -> Bool
    private let executor: (any TaskExecutor)?

    /// - Parameters:
    ///   - executor: has threads that may block; nil: the runtime's own.
    ///   - askWhetherToStop: as `isToStop`.
    ///   - tell: gets how far it is, if that is known, and lines for its log.
    package init(
        on executor: (any TaskExecutor)? = nil, askWhetherToStop: @escaping @Sendable () -> Bool = { false },
        tell: @escaping @Sendable (_ percent: Int?, _ lines: [String]) -> Void
    ) {
        self.tell = tell
        self.askWhetherToStop = askWhetherToStop
        self.executor = executor
    }

    /// - Parameter percent: 0 to 100.
    package func progress(_ percent: Int) { tell(percent, []) }

    /// For the job's log; never a secret.
    package func log(_ line: String) { tell(nil, [line]) }

    /// Several at once, which is one transaction.
    package func log(_ lines: [String]) { if !lines.isEmpty { tell(nil, lines) } }

    /// The same, of which somebody else gets the lines, too.
    package func telling(_ also: @escaping @Sendable (_ lines: [String]) -> Void) -> JobRun {
        JobRun(on: executor, askWhetherToStop: askWhetherToStop) { [tell] percent, lines in
            tell(percent, lines)
            if !lines.isEmpty { also(lines) }
        }
    }

    /// Does something to its end that must not be left half done by a task that is cancelled.
    package func apart<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
        await Task(executorPreference: executor) { await body() }.value
    }

    /// Whether somebody wants it to stop. A task that is cancelled and is not to stop is one that the next daemon goes on
    /// with.
    package var isToStop: Bool { askWhetherToStop() }
}
