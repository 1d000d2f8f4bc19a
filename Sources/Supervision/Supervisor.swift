import Foundation
package import LinuxKit
package import Logging
import Synchronization

/// Keeps services running: what is wanted runs, what ended is started again after a pause that grows, what is not
/// wanted any more is ended, and none outlives the daemon.
package final class Supervisor: Sendable {
    /// Told once a service has ended by itself.
    package typealias OnEnd = @Sendable (_ service: String, _ how: String) -> Void

    /// Guards all that the thread below and whoever asks share.
    private let shared = Mutex(Shared())
    private let logger: Logger
    private let onEnd: OnEnd

    private struct Shared {
        var wanted: [ServiceSpec] = []
        var reports: [String: ServiceReport] = [:]
        var logs: [String: LogRing] = [:]
        var inputs: [String: FileIdentity] = [:]
        var restarts: Set<String> = []
        var isEnding = false
    }

    /// Milliseconds between two looks at what runs.
    private static let interval: Int32 = 100
    /// To end by itself, after SIGTERM; nanoseconds.
    private static let patience: UInt64 = 5_000_000_000

    /// Rings when a service began or ended, and when somebody else wants some: whoever says what shall run looks again.
    package let wishes = AsyncSignal()

    /// - Parameter onEnd: called on the thread that sees to all services: while it waits, so do they.
    package init(logger: Logger, onEnd: @escaping OnEnd = { _, _ in }) {
        self.logger = logger
        self.onEnd = onEnd
    }

    /// What shall run from now on. One whose words are others is started anew.
    package func want(_ services: [ServiceSpec]) { shared.withLock { $0.wanted = services } }

    /// By name.
    package var reports: [ServiceReport] {
        shared.withLock { $0.reports.values.sorted { $0.name < $1.name } }
    }

    /// The last lines, oldest first; nil: there is no such service.
    package func log(of name: String) -> [ServiceLine]? {
        shared.withLock { shared in shared.reports[name].map { _ in shared.logs[name]?.lines ?? [] } }
    }

    /// The file that a service reads, as it was at its last start; nil: it reads none.
    package func input(of name: String) -> FileIdentity? { shared.withLock { $0.inputs[name] } }

    /// Ends it, if it runs, and starts it at once.
    /// - Returns: false if there is no such service.
    package func restart(_ name: String) -> Bool {
        shared.withLock { shared in
            guard shared.reports[name] != nil else { return false }
            shared.restarts.insert(name)
            return true
        }
    }

    /// Until the task is cancelled; all services have ended then.
    package func run() async {
        await withTaskCancellationHandler {
            await NamedThread.run("services") { [self] in loop() }
        } onCancel: {
            shared.withLock { $0.isEnding = true }
        }
    }

    // MARK: On the thread, which starts all services

    private final class Service {
        let spec: ServiceSpec
        var process: ServiceProcess?
        /// Milliseconds since 1970, for whoever asks.
        var since = UnixTime.nowMilliseconds()
        var ends = 0
        var lastEnd: String?
        var isDone = false
        var lastInput: FileIdentity?
        var backoff = Backoff()
        /// When it was told to end, by `MonotonicClock`.
        var stopping: UInt64?

        init(_ spec: ServiceSpec) {
            self.spec = spec
        }

        var state: ServiceReport.State {
            guard process != nil else { return isDone ? .done : .waiting }
            return stopping == nil ? .running : .stopping
        }
    }

    private func loop() {
        var services: [String: Service] = [:]
        while true {
            let (wanted, isEnding, restarts) = shared.withLock { shared in
                defer { shared.restarts = [] }
                return (shared.isEnding ? [] : shared.wanted, shared.isEnding, shared.restarts)
            }
            for service in services.values {
                collect(service)
                if restarts.contains(service.spec.name) {
                    if service.process == nil {
                        service.backoff.reset()
                        service.isDone = false
                    }
                    stop(service)
                }
                if !wanted.contains(service.spec) { stop(service) }
            }
            services = services.filter { $0.value.process != nil || wanted.contains($0.value.spec) }
            for spec in wanted where services[spec.name] == nil { services[spec.name] = Service(spec) }
            for service in services.values where wanted.contains(service.spec) { start(service) }
            report(services)
            if isEnding, services.isEmpty { return }
            wait(for: services)
        }
    }

    private func wait(for services: [String: Service]) {
        var interests = services.values.compactMap(\.process).filter { !$0.isSilent }.map {
            pollfd(fd: $0.output, events: Int16(POLLIN), revents: 0)
        }
        _ = poll(&interests, nfds_t(interests.count), Self.interval)
        // What writes without end is read ten times a second, and waits for its pipe meanwhile.
        if interests.contains(where: { $0.revents != 0 }) { _ = poll(nil, 0, 10) }
    }

    private func start(_ service: Service) {
        let now = MonotonicClock.now()
        guard service.process == nil, !service.isDone, service.backoff.isDue(at: now) else { return }
        service.stopping = nil
        do throws(SystemError) {
            service.process = try ServiceProcess(service.spec)
            service.since = UnixTime.nowMilliseconds()
            service.lastInput = service.process?.input
            service.backoff.started(at: now)
            logger.info("service \(service.spec.name): started, process \(service.process?.process ?? 0)")
            wishes.send()
        } catch {
            ended(service, "\(error)")
        }
    }

    /// `collect` sees to one that does not end.
    private func stop(_ service: Service) {
        guard let process = service.process, service.stopping == nil else { return }
        service.stopping = MonotonicClock.now()
        service.since = UnixTime.nowMilliseconds()
        process.signal(SIGTERM)
    }

    /// What it wrote, and whether it ended.
    private func collect(_ service: Service) {
        guard let process = service.process else { return }
        let now = UnixTime.nowMilliseconds()
        if let told = service.stopping, MonotonicClock.now() - told > Self.patience { process.signal(SIGKILL) }
        let how = process.reap()
        let bytes = process.read()
        shared.withLock { shared in
            shared.logs[service.spec.name, default: LogRing()].add(bytes, at: now)
            if how != nil { shared.logs[service.spec.name]?.end(at: now) }
        }
        guard let how else { return }
        // What it started goes with it.
        process.signal(SIGKILL)
        service.process = nil
        defer { wishes.send() }
        if service.stopping != nil {
            service.backoff.reset()
            service.since = now
            return logger.info("service \(service.spec.name): stopped")
        }
        if how.isSuccess, service.spec.restart == .onFailure {
            service.backoff.reset()
            (service.since, service.isDone, service.lastEnd) = (now, true, how.description)
            return logger.info("service \(service.spec.name): done")
        }
        ended(service, how.description)
    }

    private func ended(_ service: Service, _ how: String) {
        let pause = service.backoff.ended(at: MonotonicClock.now())
        service.ends += 1
        service.lastEnd = how
        service.since = UnixTime.nowMilliseconds()
        logger.error("service \(service.spec.name): \(how); it is started again in \(pause.components.seconds) s")
        onEnd(service.spec.name, how)
    }

    private func report(_ services: [String: Service]) {
        shared.withLock { shared in
            shared.reports = services.mapValues { service in
                ServiceReport(
                    name: service.spec.name,
                    state: service.state,
                    process: service.process?.process, since: service.since, ends: service.ends,
                    lastEnd: service.lastEnd, words: service.spec.words)
            }
            shared.inputs = services.compactMapValues(\.lastInput)
            shared.logs = shared.logs.filter { services[$0.key] != nil }
        }
    }
}
