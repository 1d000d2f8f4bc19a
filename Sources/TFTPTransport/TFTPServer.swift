import CLinux
import Foundation
package import HookHost
import HookWire

/// The TFTP server: sockets, engines, and the reporter.
package final class TFTPServer: Sendable {
    private let context: EngineContext
    private let mailboxes: [Mailbox]
    private let listeners: [[Listener]]
    package let ledger: ClientLedger
    package let counters = Counters()
    private let reporter: Reporter

    /// Binds all sockets; port 69 takes root, or CAP_NET_BIND_SERVICE.
    /// - Parameter inherited: sockets that systemd has bound, which take the place of `settings.listen`.
    /// - Throws: `SystemError` that names the address.
    package init(_ settings: TFTPSettings, resolver: Resolver, reporter: Reporter, inherited: [UDPSocket] = [])
        throws(SystemError)
    {
        ledger = ClientLedger(settings)
        self.reporter = reporter
        let process = ProcessInfo.processInfo.processIdentifier
        context = EngineContext(
            settings: settings, resolver: resolver, ledger: ledger, reporter: reporter, counters: counters,
            process: process, started: ProcessStart.ticks(of: process) ?? 0)
        // A socket that is handed over can't be shared out by the kernel.
        let threads = inherited.isEmpty ? max(1, settings.threads) : 1
        var listeners: [[Listener]] = []
        var mailboxes: [Mailbox] = []
        for engine in 0..<threads {
            let sharing: UDPSocket.Sharing = threads == 1 ? .none : engine == 0 ? .open : .joining
            listeners.append(
                try Listener.open(settings, inherited: inherited, sharing: sharing))
            mailboxes.append(try Mailbox())
        }
        self.listeners = listeners
        self.mailboxes = mailboxes
    }

    /// Serves until the task is cancelled, and until all that ended was told.
    /// - Throws: `SystemError` if an engine can't start.
    package func run() async throws {
        var engines: [Engine.Starter] = []
        for (listeners, mailbox) in zip(listeners, mailboxes) {
            engines.append(Engine.Starter(context: context, mailbox: mailbox, listeners: listeners))
        }
        async let telling: Void = reporter.run()
        let mailboxes = mailboxes
        try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for engine in engines { group.addTask { try await engine.run() } }
                defer { reporter.finish() }
                try await group.waitForAll()
            }
        } onCancel: {
            for mailbox in mailboxes { mailbox.post(.stop) }
        }
        await telling
    }

    /// The transfers that run now.
    package func transfers() async -> [TransferSnapshot] {
        var transfers: [TransferSnapshot] = []
        for mailbox in mailboxes {
            transfers += await withCheckedContinuation { mailbox.post(.snapshot($0)) }
        }
        return transfers
    }
}

extension Engine {
    /// Runs one engine on a thread of its own: it waits in epoll, where no task may.
    struct Starter: Sendable {
        let context: EngineContext
        let mailbox: Mailbox
        let listeners: [Listener]

        func run() async throws {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let thread = Thread {
                    clinux_name_thread("tftp")
                    do throws(SystemError) {
                        let engine = try Engine(context, mailbox, listeners)
                        engine.run()
                        continuation.resume()
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
                thread.start()
            }
        }
    }
}
