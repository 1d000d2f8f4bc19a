import Glibc
package import HookConfig
package import HookHost
import HookStore
package import Jobs
package import LinboModel
import LinuxKit

/// What PCs have to tell: `tmp/linbo.log`, `tmp/image.status` and `tmp/hwinfo.gz` (docs/linbo.md#logs-of-clients).
///
/// A PC asks rsyncd for such a file, which is never there, and removes its own as soon as it has the answer. So the file
/// is fetched from the PC by ssh before the answer; where ssh is not up yet, a job fetches what is there later.
package struct ClientLogs: Diagnosed, Advertised, PCVisitor {
    package static let name: PluginName = "client-logs"

    let settings: ClientLogsSettings
    let context: PluginContext
    let keeper: Keeper
    private let collector: Collector

    /// - Throws: `ConfigError` if a setting below `client-logs:` is wrong.
    package init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) {
        settings = try ClientLogsSettings(section)
        self.context = context
        keeper = Keeper(
            shelf: LogShelf(directory: "\(context.state)/client-logs", rotateAt: settings.rotate),
            published: PublishedLogs(directory: settings.logDirectory ?? "\(context.tree.root)/log"),
            ledger: context.store.map { ClientLedger(database: $0.database) }, logger: context.logger)
        collector = Collector(settings: settings, context: context, keeper: keeper)
    }

    package var claims: [PathPattern] { SentFile.allCases.map { PathPattern($0.asked) } }

    /// PCs asked to have files fetched, and got nothing.
    package static func need(on server: ServerFacts) -> String? {
        let asked = SentFile.allCases.map(\.asked).filter { server.missed.contains($0) }
        guard !asked.isEmpty else { return nil }
        return "PCs asked to have \(asked.joined(separator: ", ")) fetched, and nobody does"
    }

    /// Nothing is ever sent: what a PC gets is "no such file", as it expects.
    package func resolve(_ request: Request, next: Next) async throws -> Resolution {
        guard let file = SentFile(request.path) else { return Resolution(try await next(request)) }
        guard request.transport == .rsync, request.intent == .fetch, request.manner == .byName, request.isProven else {
            return .hidden("\(file.rawValue) is fetched from a PC that asks for it by its name, with rsync")
        }
        guard let host = request.client.host else { return .hidden("nothing is fetched from an unknown client") }
        if let doubt = context.hosts.doubt(about: request.client) { return .refused("nothing is fetched: \(doubt)") }
        return .hidden(await collector.collect(file, of: host, at: request.client.address))
    }

    /// The directory that upstream's programs read, and what could not be written into it.
    package func problems() -> [Problem] {
        let directory = keeper.published.directory
        func problem(_ what: String, _ fix: String) -> Problem {
            Problem(
                location: settings.location, what: "\(what): logs of PCs are in \(keeper.shelf.directory) alone",
                fix: fix, severity: .warning)
        }
        guard let status = FileStatus(followingLinks: directory), status.isDirectory else {
            return [
                problem(
                    "log-directory \(directory) is no directory",
                    "make it by `install -d -o nobody -g nogroup \(directory)`, or name another one")
            ]
        }
        guard access(directory, W_OK) == 0 else {
            return [problem("log-directory \(directory) can't be written", "let the daemon write there")]
        }
        return keeper.faults.all.map { problem($0, "look at that file, and remove it if it is not a log") }
    }
}

extension ClientLogs: JobProvider {
    /// `client-logs.fetch`: what a PC still has when its ssh is up.
    package var jobKinds: [JobKind] { [collector.kind] }
}

extension Resolution {
    static func hidden(_ reason: String) -> Resolution { Resolution(.nothing(.hidden(reason))) }
}
