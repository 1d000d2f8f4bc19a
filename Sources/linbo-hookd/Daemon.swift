import Control
import ControlAPI
import Foundation
import HookConfig
import HookHost
import HookMetrics
import HookStore
import HookWire
import Jobs
import LinboHookd
import LinboModel
import LinuxKit
import Logging
import Registration
import RsyncTransport
import ServiceLifecycle
import Supervision
import TFTPTransport
import Timeline
import UnixSignals
import Uploads

/// `linbo-hookd serve`: answers hooks until it is told to end.
struct Daemon: Service {
    let reloader: Reloader
    private let listener: HookListener
    private let api: ControlServer
    private let supervisor: Supervisor
    private let pcs: PCWatch
    private let tftp: TFTPService?
    private let metrics: MetricsService?
    private let gauges: MetricsService.Sources
    private let jobKinds: @Sendable () -> [JobKind]
    private let scheduling: @Sendable (Store) async -> Void
    private let publishing = BlockingExecutor(label: "publishing")
    private let sweeping = BlockingExecutor(label: "sweeping")
    private let looking = BlockingExecutor(label: "looking", isConcurrent: true)
    let followUps: FollowUps
    private let lock: DaemonLock
    private let signals: UnixSignalsSequence
    let logger: Logger

    /// With the file's configuration, or the last one that worked if that one does not.
    /// - Throws: `ConfigError`, `SystemError`; each says what and how to fix it.
    static func withFile(_ file: String, logger: Logger) async throws -> Daemon {
        // From the first moment on at which somebody could send one.
        let signals = await UnixSignalsSequence(trapping: .sighup, .sigusr1, .sigusr2, .sigquit, .sigalrm)
        let inUse = try ConfigInUse(file: file)
        if let fault = inUse.fault { logger.critical("\(fault)") }
        do {
            return try Daemon(inUse, signals, logger: logger)
        } catch let error as ConfigError {
            guard inUse.fault == nil, let last = ConfigInUse.last(of: file, because: error), last.text != inUse.text
            else { throw error }
            logger.critical("\(last.fault ?? "")")
            return try Daemon(last, signals, logger: logger)
        }
    }

    /// Checks what must be true, makes the directories, binds the socket.
    /// - Throws: `ConfigError`, `SystemError`; each says what and how to fix it.
    private init(_ inUse: ConfigInUse, _ signals: UnixSignalsSequence, logger: Logger) throws {
        let config = inUse.config
        let obstacles = Preflight.problems(config)
        guard obstacles.isEmpty else { throw ConfigError(obstacles) }
        // Before anything is touched that another daemon may be using.
        lock = try DaemonLock([(config.linbo.views, 0o711), (config.state, 0o700)])
        let (store, fault) = Self.openDatabase(in: config.state, logger)
        metrics = MetricsService(config.metrics, logger: logger)
        let requests = metrics?.requests
        let assembly = try Assembly(
            config, store: store, observe: { requests?.observe($0) }, logger: logger)
        try assembly.hooks.prepare()
        tftp = try TFTPService(assembly, logger: logger)
        let reloader = Reloader(assembly, inUse, logger: logger)
        reloader.keep()
        let followUps = FollowUps(FollowUpQueue(state: config.state), logger: logger)
        let status = StatusReport.Source(reloader, followUps, fault: fault, lack: tftp?.server.problem)
        listener = try HookListener(
            path: config.socket, longest: { reloader.assembly.hooks.longest($0) }, logger: logger
        ) { frame, isAbandoned in await reloader.assembly.hooks.handle(frame, isAbandoned: isAbandoned) }
        supervisor = assembly.context.supervisor
        pcs = Self.watch(reloader, tftp?.server, logger)
        gauges = MetricsService.Sources(reloader, tftp?.server, more: Self.gauges(reloader, pcs, supervisor))
        let control = Control(reloader, tftp: tftp, status: status, pcs: pcs, supervisor: supervisor)
        api = ControlServer(
            socket: config.apiSocket, handlers: control.handlers(),
            pages: ControlServer.Pages(
                version: linboHookdVersion, metrics: metrics?.page(gauges),
                stream: { try control.frames(after: $0) }), logger: logger)
        scheduling = { await control.runSchedules($0, logger) }
        jobKinds = { control.jobKinds + reloader.assembly.jobKinds }
        self.reloader = reloader
        self.signals = signals
        self.followUps = followUps
        self.logger = logger
    }

    var assembly: Assembly { reloader.assembly }

    func run() async throws {
        let marks = assembly.context.marks
        let (deaths, pause) = marks.count()
        for sentence in deaths { logger.critical("\(sentence)") }
        let names = assembly.runtime.plugins.map { type(of: $0).name.description }
        logger.info(
            "ready on \(assembly.config.socket): \(assembly.hosts.devices.hosts.count) hosts, plugins \(names.joined(separator: ", "))"
        )
        if let tftp { logger.info("TFTP on \(tftp.places)") }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await listener.run() }
            let asked = AsyncSignal()
            group.addTask { await serveAPI(asked.send) }
            group.addTask {
                // Whoever starts the daemon may ask it right away; clients are served already.
                await asked.wait(atMost: .seconds(5))
                SystemdNotify.send("READY=1")
            }
            // None of these is waited for: clients are served whatever it does.
            group.addTask(executorPreference: sweeping) { await sweepAgainAndAgain() }
            group.addTask(executorPreference: looking) { await keepLimits() }
            group.addTask { await tellWatchdog() }
            group.addTask(executorPreference: publishing) { await publishAgainAndAgain(after: pause) }
            group.addTask { await reloader.runPlugins() }
            group.addTask { await supervisor.run() }
            group.addTask(executorPreference: looking) { await wantServices() }
            group.addTask(executorPreference: looking) { await pcs.run() }
            if let store = assembly.store {
                group.addTask { await jobRunner(store).run() }
                group.addTask(executorPreference: looking) { await scheduling(store) }
            }
            group.addTask(executorPreference: looking) { await heedSignals() }
            group.addTask(executorPreference: looking) { await tellFollowers() }
            group.addTask(executorPreference: looking) { await tellDiagnoses() }
            if let tftp { group.addTask { await tftp.run() } }
            if assembly.store == nil {
                group.addTask { await Self.endWithDatabase(in: assembly.config.state, logger) }
            }
            if let metrics { group.addTask { await metrics.run(gauges) } }
            try? await gracefulShutdown()
            // Whoever is still at something and is killed for that is not to blame.
            marks.standDown()
            SystemdNotify.send("STOPPING=1")
            group.cancelAll()
        }
        assembly.context.events.flush(within: .seconds(1))
        if !Self.flush(assembly) { logger.error("audit log: its last entries are not written") }
        logger.info("ended")
    }

    private func jobRunner(_ store: Store) -> JobRunner {
        let own = (ConnectionID(process: getpid()) ?? ConnectionID(process: 1, started: 0)).description
        let events = assembly.context.events
        return JobRunner(
            JobQueue(store), kinds: jobKinds, worker: own,
            signal: assembly.context.jobSignal, isAlive: { ConnectionID($0)?.isAlive ?? false },
            events: { job in
                events.publish(
                    .jobState, "\(job.id)",
                    data: [
                        "kind": job.kind, "state": job.state.rawValue, "subject": job.subject, "by": job.actor,
                        "detail": job.note ?? "",
                    ])
            }, logger: logger)
    }

    private func wantServices() async {
        while !Task.isCancelled {
            supervisor.want(assembly.wantedServices)
            await supervisor.wishes.wait(atMost: .seconds(1))
        }
    }

    /// An API that can't be had keeps no PC from booting.
    private func serveAPI(_ ready: @escaping @Sendable () -> Void) async {
        do { try await api.run(ready) } catch  where !Task.isCancelled {
            logger.critical("api.socket \(assembly.config.apiSocket): \(error): linboctl finds no daemon")
        } catch {}
    }

    /// A database that is locked for longer is told of in the log.
    private static func flush(_ assembly: Assembly) -> Bool {
        assembly.audit?.flush(within: .seconds(1)) ?? true
    }

    /// SIGHUP has the configuration read anew. Others that end a program by default say here that they do not.
    private func heedSignals() async {
        for await signal in signals {
            if signal == .sighup {
                // What is wrong is in the log.
                _ = try? reloader.reload()
            } else {
                logger.notice(
                    "\(signal) means nothing here: SIGTERM ends the daemon, SIGHUP has it read its configuration")
            }
        }
    }

    /// systemd starts a daemon anew that says nothing for `WatchdogSec`: one whose TFTP engines hang, as for them there
    /// is no `once`.
    private func tellWatchdog() async {
        while !Task.isCancelled {
            _ = await tftp?.server.transfers()
            SystemdNotify.send("WATCHDOG=1")
            try? await Task.sleep(for: .seconds(10))
        }
    }
}
