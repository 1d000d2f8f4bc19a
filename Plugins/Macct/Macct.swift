package import HookConfig
package import HookHost
import HookStore
package import LinboModel
import LinuxKit

/// Machine accounts: the hashes that an image knows, into the AD account of the PC that starts it
/// (docs/linbo.md#machine-accounts).
///
/// No `.macct` is ever sent, to nobody. A PC's request for one is a wish, put into a queue that outlives restarts; the
/// daemon does the rest while the PC boots.
package struct Macct: PublishingStep, BackgroundWorker, Diagnosed, Advertised {
    package static let name: PluginName = "macct"

    let settings: MacctSettings
    let context: PluginContext
    let eligibility: Eligibility
    let signal = AsyncSignal()

    /// - Throws: `ConfigError` if a setting below `macct:` is wrong. A Samba that is missing is one of `problems()`.
    package init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) {
        settings = try MacctSettings(section)
        self.context = context
        eligibility = Eligibility(context: context, settings: settings)
    }

    /// All of them, wherever they lie.
    package var claims: [PathPattern] { [PathPattern("**/*\(AccountFile.suffix)")] }

    package func resolve(_ request: Request, next: Next) async throws -> Resolution {
        Resolution(.nothing(try answer(request)))
    }

    /// What is done about a request, in words for the audit log. Nothing is ever sent, so the client finds no file, as
    /// with upstream's server.
    private func answer(_ request: Request) throws -> Absence {
        guard request.intent == .fetch else { return .hidden("never served; a dry run triggers nothing") }
        guard request.manner == .byName else { return .hidden("never served; it is no part of its directory") }
        guard let image = Eligibility.image(of: request.path) else { return .hidden("never served") }
        guard let host = request.client.host else { return .refused("an unknown client has no account") }
        // Anybody can send a datagram in another's name.
        guard request.transport == .rsync else { return .hidden("never served; only a request by rsync triggers") }
        if let objection = eligibility.objection(to: image, for: host) { return .refused(objection) }
        if let doubt = context.hosts.doubt(about: request.client) { return .refused(doubt) }
        guard FileStatus(at: Captures.file(of: image, context.tree))?.kind == .regular else {
            return .hidden("\(image) has no account saved beside it")
        }
        guard let queue else { return .hidden("held back: the database can't be used") }
        guard !request.isAbandoned() else { return .hidden("nobody waits for the answer") }
        let number = try queue.add(
            .init(
                .apply, host: host.name.description, image: image.text,
                connection: request.connection.description, address: request.client.address.description),
            now: UnixTime.nowMilliseconds())
        signal.send()
        let account = "the account of \(image) for \(ADAccount.name(of: host.name))"
        return .hidden("never served; \(account) is queued (number \(number))")
    }

    /// The account of the PC that uploaded the image, as `.macct`; or a sidecar that takes an older one away.
    package func publishing(_ set: ArrivedSet) async throws -> [Sidecar] {
        try await Captures(self).sidecars(of: set)
    }

    /// There are `.macct` files beside images, or Samba's database is on this machine.
    package static func need(on server: ServerFacts) -> String? {
        let accounts = server.besideImages(AccountFile.suffix)
        if let first = accounts.first {
            return
                "\(accounts.count) images have an account, \(first) the first: no PC's account is set from it, and new "
                + "images get none"
        }
        guard FileStatus(at: MacctSettings.usualSam) != nil else { return nil }
        return "this machine has \(MacctSettings.usualSam): PCs' accounts are not kept with their images"
    }

    /// What will keep accounts from being written; all else works, so these are warnings.
    package func problems() -> [Problem] { settings.problems() }

    /// Runs the queue's `Worker`, after this process was kept from leaving its memory in core dumps.
    package func run() async {
        ProcessSecrecy.begin()
        await Worker(self).run()
    }
}
