import Foundation
import Glibc
import HookHost
import HookWire
package import LinuxKit

/// The TFTP server: sockets, engines, and the reporter.
package final class TFTPServer: Sendable {
    private let context: EngineContext
    private let means: [EngineMeans]
    /// What each client takes; all engines share it.
    package let admission: AdmissionControl
    /// Since the start; all engines share them.
    package let counters = Counters()
    private let reporter: Reporter
    /// What is less than the settings want, for `status`.
    package let problem: String?

    /// Binds all sockets; port 69 takes root, or CAP_NET_BIND_SERVICE.
    /// - Parameter inherited: sockets that systemd has bound, which take the place of `settings.listen`.
    /// - Throws: `SystemError` that names the address, or what the first engine lacks. Those that follow are left out.
    package init(_ settings: TFTPSettings, resolver: Resolver, reporter: Reporter, inherited: [UDPSocket] = [])
        throws(SystemError)
    {
        admission = AdmissionControl(settings)
        self.reporter = reporter
        let process = ProcessInfo.processInfo.processIdentifier
        context = EngineContext(
            settings: settings, resolver: resolver, desk: ResolveDesk(patience: settings.patience),
            admission: admission,
            reporter: reporter, counters: counters, process: process, started: ProcessStart.ticks(of: process) ?? 0)
        // A socket that is handed over can't be shared out by the kernel.
        let threads = inherited.isEmpty ? max(1, settings.threads) : 1
        var means: [EngineMeans] = []
        var lack: SystemError?
        while means.count < threads, lack == nil {
            let sharing: UDPSocket.Sharing = threads == 1 ? .none : means.isEmpty ? .open : .joining
            do throws(SystemError) {
                means.append(try EngineMeans(settings, inherited: inherited, sharing: sharing))
            } catch {
                guard !means.isEmpty, Self.isLackOfMeans(error) else { throw error }
                lack = error
            }
        }
        self.means = means
        problem = lack.map {
            "tftp.threads: \(means.count) of \(threads) engines run, as \($0): raise LimitNOFILE, or lower tftp.threads"
        }
    }

    /// A port that is in use is a mistake in the settings; these are not.
    private static func isLackOfMeans(_ error: SystemError) -> Bool {
        [EMFILE, ENFILE, ENOMEM, ENOBUFS, ENOSPC].contains(error.code)
    }

    /// Serves until the task is cancelled, and until all that ended was told.
    package func run() async {
        async let telling: Void = reporter.run()
        let (context, means) = (context, means)
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                for means in means { group.addTask { await Engine.run(context, means) } }
            }
            reporter.finish()
        } onCancel: {
            for means in means { means.mailbox.post(.stop) }
        }
        await telling
    }

    /// The transfers that run now.
    package func transfers() async -> [TransferSnapshot] {
        var transfers: [TransferSnapshot] = []
        for means in means {
            transfers += await withCheckedContinuation { asked in
                if !means.mailbox.post(.snapshot(asked)) { asked.resume(returning: []) }
            }
        }
        return transfers
    }
}

extension Engine {
    /// Runs one engine on a thread of its own: it waits in epoll, where no task may.
    static func run(_ context: EngineContext, _ means: EngineMeans) async {
        await NamedThread.run("tftp") { Engine(context, means).run() }
    }
}
