package import HookConfig
package import HookHost
import HookStore
package import LinboModel
import LinuxKit

/// `linbocmd/<host>.cmd` and `linbocmd/<ip>.cmd`: what a PC shall do at its next boot, for that PC alone, at most once
/// (docs/linbo.md#boot-commands).
///
/// A command comes from `linboctl onboot add`, or from a file that `linbo-remote -p` dropped. It is claimed in the
/// journal before a byte leaves, and counts as delivered only when rsync has sent it whole.
package struct OnbootCmd: DirectoryContributor, OutcomeListener, Diagnosed, Advertised {
    package static let name: PluginName = "onboot-cmd"

    static let directory = "linbocmd"

    let settings: OnbootSettings
    let context: PluginContext

    /// - Throws: `ConfigError` if a setting below `onboot-cmd:` is wrong.
    package init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) {
        settings = try OnbootSettings(section)
        self.context = context
    }

    package var claims: [PathPattern] { ["linbocmd/*.cmd"] }

    /// There are `.cmd` files in `linbocmd` that somebody dropped.
    package static func need(on server: ServerFacts) -> String? {
        guard let directory = try? TreePath("linbocmd") else { return nil }
        let files = server.tree.names(in: directory).filter { $0.hasSuffix(".cmd") }
        guard let first = files.first else { return nil }
        return "\(files.count) commands lie in linbocmd, \(first) the first, and no PC gets one"
    }

    /// How long a command waits for its PC by default; nil: for ever.
    package var expires: Duration? { settings.expires }

    /// Commands with uploads can't be sent by a password that LINBO's client can't read.
    package func problems() -> [Problem] {
        do throws(UploadPassword.Failure) {
            _ = try UploadPassword(secrets: settings.secrets)
        } catch {
            // A file that is not there, or not right, is rsyncd's matter, too, and told of as that.
            guard case .unfit = error else { return [] }
            return [
                Problem(
                    location: SourceLocation(file: settings.secrets, line: 1),
                    what: "commands with uploads are held back: \(error)",
                    fix: "write another one, and import the devices so that LINBO knows it", severity: .warning)
            ]
        }
        return []
    }

    package func resolve(_ request: Request, next: Next) async throws -> Resolution {
        guard let host = request.client.host else { return .hidden("an unknown client has no commands") }
        guard Self.belongs(request.path, to: host, at: request.client.address) else {
            return .hidden("not this host's command")
        }
        if let doubt = context.hosts.doubt(about: request.client) { return .refused("no command: \(doubt)") }
        guard let journal else { return .hidden("the database can't be used: commands are held back") }
        let offers = Offers(journal: journal, settings: settings, context: context)
        switch request.intent {
        case .store: return .hidden("commands are not uploaded")
        case .probe: return try offers.outline(for: host, request)
        case .fetch where !request.isProven: return try offers.preview(for: host, request)
        case .fetch: return try await offers.claim(for: host, request)
        }
    }

    /// The host's own queue shows in a listing of the directory, unless the command carries a password.
    package func names(in directory: TreePath, for client: Client) async throws -> [String] {
        guard directory.text == Self.directory, let host = client.host, context.hosts.doubt(about: client) == nil,
            let entry = try journal?.peek(host: host.name.description, now: UnixTime.now()),
            !UploadPassword.isNeeded(by: entry.command)
        else { return [] }
        return ["\(host.name).cmd"]
    }

    /// Settles the claim by how the transfer ended: what was not sent waits again. A delivered dropped file is removed.
    package func completed(_ outcome: Outcome) async throws {
        guard let ticket = outcome.token.flatMap({ ClaimTicket($0) }), let journal else { return }
        let state: OnbootEntry.State =
            switch outcome.status {
            case .delivered: .delivered
            case .untouched, .failed: .queued
            case .uncertain: .uncertain
            }
        let entry = try journal.settle(
            ticket, as: state, note: outcome.status.description, now: UnixTime.now())
        if let entry, entry.state == .delivered, let identity = entry.file {
            // linbo-remote takes a file that is gone for a command that was fetched.
            DroppedFile.remove(identity, at: context.tree.absolute(outcome.path))
        }
    }

    /// Exactly this host's name or this client's address; nobody else's by a longer name, a prefix or a pattern.
    static func belongs(_ path: TreePath, to host: Host, at address: IPAddress) -> Bool {
        let stem = String(path.name.dropLast(".cmd".count))
        return HostName(stem) == host.name || IPAddress(stem) == address
    }
}

extension Resolution {
    static func hidden(_ reason: String) -> Resolution {
        Resolution(.nothing(.hidden(reason)))
    }
}
