import CLinux
import Foundation
package import HookHost
import HookWire
import LinboModel

/// The TFTP server: sockets, engines, and the reporter.
package final class TFTPServer: Sendable {
    private let context: EngineContext
    private let mailboxes: [Mailbox]
    private let sockets: [EngineSockets]
    package let ledger: ClientLedger
    package let counters = Counters()
    private let reporter: Reporter

    struct EngineSockets: Sendable {
        let listening: [UDPSocket]
        let transferring: [UDPSocket]
    }

    /// Ports that one engine sends transfers from, of each kind of address.
    private static let portsOfEngine = 8

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
        var sockets: [EngineSockets] = []
        var mailboxes: [Mailbox] = []
        for _ in 0..<threads {
            sockets.append(try Self.open(settings, inherited: inherited, sharing: threads > 1 ? .amongEngines : .alone))
            mailboxes.append(try Mailbox())
        }
        self.sockets = sockets
        self.mailboxes = mailboxes
    }

    private static func open(
        _ settings: TFTPSettings, inherited: [UDPSocket], sharing: UDPSocket.Sharing
    ) throws(SystemError) -> EngineSockets {
        var listening = inherited
        if listening.isEmpty {
            for address in settings.listen {
                listening.append(try UDPSocket(binding: address, sharing: sharing))
            }
        }
        for socket in listening { socket.wantLocalAddresses() }
        var transferring: [UDPSocket] = []
        guard !settings.isSinglePort else { return EngineSockets(listening: listening, transferring: []) }
        for isIPv4 in [true, false] where listening.contains(where: { $0.isIPv4 == isIPv4 }) {
            var ports = PortChoice(settings.ports)
            for _ in 0..<portsOfEngine {
                guard let socket = try ports.bind(isIPv4: isIPv4) else { break }
                transferring.append(socket)
            }
        }
        return EngineSockets(listening: listening, transferring: transferring)
    }

    /// Where it listens, for the log; ports that the kernel chose are in it.
    package var ports: [UInt16] { Array(Set(sockets.flatMap { $0.listening.map(\.port) })).sorted() }

    /// Serves until the task is cancelled, and until all that ended was told.
    /// - Throws: `SystemError` if an engine can't start.
    package func run() async throws {
        var engines: [Engine.Starter] = []
        for (sockets, mailbox) in zip(sockets, mailboxes) {
            engines.append(Engine.Starter(context: context, mailbox: mailbox, sockets: sockets))
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
        let sockets: TFTPServer.EngineSockets

        func run() async throws {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let thread = Thread {
                    clinux_name_thread("tftp")
                    do throws(SystemError) {
                        let engine = try Engine(
                            context, mailbox, listening: sockets.listening, transferring: sockets.transferring)
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

/// Ports to send transfers from: the kernel's choice, or from the configured range in random order.
private struct PortChoice {
    private var left: [UInt16]?

    init(_ range: ClosedRange<UInt16>?) {
        left = range.map { Array($0).shuffled() }
    }

    /// - Returns: nil if the range has no free port left.
    /// - Throws: `SystemError` for anything but a port that is in use.
    mutating func bind(isIPv4: Bool) throws(SystemError) -> UDPSocket? {
        let any = IPAddress(bytes: [UInt8](repeating: 0, count: isIPv4 ? 4 : 16)) ?? IPAddress(v4: 0)
        guard left != nil else { return try UDPSocket(binding: .init(address: any, port: 0), sharing: .alone) }
        while let port = left?.popLast() {
            do throws(SystemError) {
                return try UDPSocket(binding: .init(address: any, port: port), sharing: .alone)
            } catch {
                guard error.code == EADDRINUSE else { throw error }
            }
        }
        return nil
    }
}
