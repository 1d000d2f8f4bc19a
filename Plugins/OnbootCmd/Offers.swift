import HookHost
import HookStore
import LinboModel
import LinuxKit

/// Finds the command that waits for a host, and takes it for one connection.
struct Offers {
    let journal: OnbootJournal
    let settings: OnbootSettings
    let context: PluginContext

    /// Between two looks at a claim that another connection holds.
    private static let interval = Duration.milliseconds(20)

    /// A dry run: how long the command would be. Changes nothing.
    func outline(for host: Host, _ request: Request) throws -> Resolution {
        let name = host.name.description
        if let file = try DroppedFile(at: context.tree.absolute(request.path)),
            try !journal.isSpent(host: name, file: file.identity)
        {
            return offer(file.bytes, hasPassword: file.hasPassword, request)
        }
        guard let entry = try journal.peek(host: name, now: UnixTime.now()) else { return .hidden("no command waits") }
        return offer(entry, request)
    }

    /// For a client that may not be there: nothing is claimed for it.
    func preview(for host: Host, _ request: Request) throws -> Resolution {
        try journal.settleDead(host: host.name.description, now: UnixTime.now(), isAlive: Self.isAlive)
        return try outline(for: host, request)
    }

    private static func isAlive(_ text: String) -> Bool { ConnectionID(text)?.isAlive ?? false }

    /// Waits, bounded, while another connection of the host has a command whose outcome is open.
    func claim(for host: Host, _ request: Request) async throws -> Resolution {
        let clock = ContinuousClock()
        let deadline = clock.now + settings.wait
        while true {
            if let resolution = try claimNow(for: host, request) { return resolution }
            guard clock.now < deadline else {
                return .hidden("another connection of this host has the command; its outcome is still open")
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// nil: another connection has it.
    private func claimNow(for host: Host, _ request: Request) throws -> Resolution? {
        let name = host.name.description
        let claimant = OnbootJournal.Claimant(
            connection: request.connection.description, path: request.path.text, isGone: request.isAbandoned)
        if let file = try DroppedFile(at: context.tree.absolute(request.path)) {
            guard request.manner == .byName || !file.hasPassword else { return .passwordByNameOnly }
            switch try journal.claimFile(
                host: name, file: file.identity, command: file.loggable, by: claimant, now: UnixTime.now(),
                isAlive: Self.isAlive)
            {
            case .granted(let entry):
                return offer(file.bytes, hasPassword: file.hasPassword, request, token: entry.ticket)
            case .busy: return nil
            case .nothing: break
            }
        }
        guard let waiting = try journal.peek(host: name, now: UnixTime.now()) else {
            return try claimed(
                journal.claim(host: name, by: claimant, now: UnixTime.now(), isAlive: Self.isAlive), request)
        }
        // The password is looked up before the claim, so that a command that can't be sent stays in the queue.
        let offered = offer(waiting, request)
        guard case .made = offered.content else { return offered }
        return try claimed(journal.claim(host: name, by: claimant, now: UnixTime.now(), isAlive: Self.isAlive), request)
    }

    /// The command of a claim, which need not be the one that was looked at before: one that can't be sent is given
    /// back and waits on.
    func claimed(_ claim: OnbootJournal.Claim, _ request: Request) throws -> Resolution? {
        switch claim {
        case .busy: return nil
        case .nothing: return .hidden("no command waits")
        case .granted(let entry):
            let offered = offer(entry, request, token: entry.ticket)
            if case .made = offered.content { return offered }
            if let ticket = entry.ticket {
                try journal.settle(ticket, as: .queued, note: nil, now: UnixTime.now())
            }
            return offered
        }
    }

    private func offer(_ entry: OnbootEntry, _ request: Request, token: ClaimTicket? = nil) -> Resolution {
        guard UploadPassword.isNeeded(by: entry.command) else {
            return offer(Array("\(entry.command)\n".utf8), hasPassword: false, request, token: token)
        }
        do {
            let item = try UploadPassword(secrets: settings.secrets)
            return offer(Array("\(item.text),\(entry.command)\n".utf8), hasPassword: true, request, token: token)
        } catch {
            return .hidden("held back: \(error)")
        }
    }

    private func offer(
        _ bytes: [UInt8], hasPassword: Bool, _ request: Request, token: ClaimTicket? = nil
    ) -> Resolution {
        guard request.manner == .byName || !hasPassword else { return .passwordByNameOnly }
        return Resolution(.made(MadeContent(bytes, token: token?.description, isOneShot: true)))
    }
}

extension Resolution {
    fileprivate static let passwordByNameOnly = hidden("a command with a password is in no directory or listing")
}

extension OnbootEntry {
    fileprivate var ticket: ClaimTicket? { claim.map { ClaimTicket(entry: id, claim: $0) } }
}
