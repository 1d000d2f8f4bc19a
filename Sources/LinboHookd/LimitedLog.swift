import Dispatch
import HookConfig
import HookHost
import HookStore
import LinboModel
import Logging
import Synchronization

/// Writes as many lines of a kind as a person would read, and a line a minute that counts the rest: clients can have
/// the daemon log at the pace of their packets.
///
/// Lines of one place in the source are of a kind. What names its client (`Logger.Metadata.client`) takes from that
/// client's share; no stranger can use up a known host's. Critical lines are always written.
struct LimitedLog: LogHandler {
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()
    var metadataProvider: Logger.MetadataProvider?
    private var lines: any LogHandler
    private let limit: LineLimit

    /// - Parameters:
    ///   - lines: writes what is let through.
    ///   - window: between two counts.
    init(_ lines: any LogHandler, window: Duration = .seconds(60)) {
        self.lines = lines
        self.lines.logLevel = .trace
        limit = LineLimit(lines, window: window)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard event.level == .critical || limit.admits(event) else { return }
        lines.log(event: event.withoutClient)
    }
}

/// What was not written, until its count is.
private final class LineLimit: Sendable {
    struct Site: Hashable {
        let file: String
        let line: UInt
    }

    private let limiter = Mutex(FairLimiter<Site, LogEvent> { LineLimit.limits(isKnown: $0.isKnown) })
    private let lines: any LogHandler
    private let window: Duration

    init(_ lines: any LogHandler, window: Duration) {
        self.lines = lines
        self.window = window
    }

    /// A PC that boots by GRUB is 60 lines of TFTP, and a school boots within minutes.
    private static func limits(isKnown: Bool) -> FairLimiter<Site, LogEvent>.Limits {
        isKnown
            ? .init(
                own: Pace(burst: 500, perSecond: 0.5), reserve: Pace(burst: 200, perSecond: 0.05),
                shared: Pace(burst: 20_000, perSecond: 5))
            : .init(own: Pace(burst: 50, perSecond: 0.1), shared: Pace(burst: 1000, perSecond: 0.5))
    }

    func admits(_ event: LogEvent) -> Bool {
        let site = Site(file: event.file, line: event.line)
        // What names no client is the server's own.
        let (client, isKnown) = event.client ?? ("", true)
        let (isAdmitted, opens) = limiter.withLock { limiter in
            let hadExcess = limiter.hasExcess
            let isAdmitted = limiter.admits(site, of: client, isKnown: isKnown, at: Pace.now(), sample: event)
            return (isAdmitted, limiter.hasExcess && !hadExcess)
        }
        if opens {
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(window.milliseconds))) {
                self.sumUp()
            }
        }
        return isAdmitted
    }

    private func sumUp() {
        for excess in limiter.withLock({ $0.drain() }) {
            var event = excess.sample.withoutClient
            let whose =
                switch excess.client {
                case nil: excess.clients.map { $0 == 1 ? " of one client" : " of \($0) clients" } ?? " of other clients"
                case "": ""
                case let client?: " of \(client)"
                }
            event.message =
                "\(excess.count) more lines of this kind\(whose) within \(window), the first: \(event.message)"
            lines.log(event: event)
        }
    }
}

extension LogEvent {
    fileprivate var client: (label: String, isKnown: Bool)? {
        if case .string(let host) = metadata?[Logger.Metadata.host] { return (host, true) }
        if case .string(let address) = metadata?[Logger.Metadata.address] { return (address, false) }
        return nil
    }

    /// The line names its client in its own words.
    fileprivate var withoutClient: LogEvent {
        guard client != nil else { return self }
        var event = self
        event.metadata?[Logger.Metadata.host] = nil
        event.metadata?[Logger.Metadata.address] = nil
        if event.metadata?.isEmpty ?? true { event.metadata = nil }
        return event
    }
}
