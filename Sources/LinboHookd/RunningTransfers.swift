import HookHost
import LinboModel
import LinuxKit
import Logging
import RsyncTransport
import Synchronization
package import TFTPTransport
package import Timeline

extension Assembly {
    /// What is on the way to clients right now. Blocks, on the records of rsync's connections.
    package func runningTransfers(_ tftp: TFTPServer?) async -> [RunningTransfer] {
        await rsyncTransfers() + (tftp?.transfers() ?? []).map { RunningTransfer($0) }
    }

    private func rsyncTransfers() -> [RunningTransfer] {
        let tickets = hooks.running().filter { $0.intent == .fetch && !$0.deliveries.isEmpty }
        guard !tickets.isEmpty else { return [] }
        let port = config.rsync.port ?? RsyncdConfInUse(file: config.rsync.conf).port
        let sent = Dictionary(grouping: connections(port)) { IPAddress(bytes: $0.peer)?.description ?? "" }
        return Dictionary(grouping: tickets, by: \.address).flatMap { address, tickets in
            // The kernel doesn't say whose of a client's connections one is; LINBO has one at a time. Of several, the one
            // that has more to send has sent more.
            let amounts = (sent[address] ?? []).map(\.acknowledged).sorted(by: >)
            return tickets.sorted { $0.bytes > $1.bytes }.enumerated().map { index, ticket in
                RunningTransfer(ticket, sent: index < amounts.count ? amounts[index] : nil)
            }
        }
    }

    private static let isTold = Atomic(false)

    /// Without them it is told what runs, not how far it is.
    private func connections(_ port: UInt16) -> [TCPConnection] {
        do throws(SystemError) {
            return try TCPConnection.all().filter { $0.localPort == port }
        } catch {
            if !Self.isTold.exchange(true, ordering: .relaxed) {
                context.logger.warning("PC states: \(error): how far rsync's transfers are is not known")
            }
            return []
        }
    }
}

extension Ticket {
    fileprivate var bytes: Int64 { deliveries.reduce(0) { $0 + ($1.bytes ?? 0) } }
}

extension RunningTransfer {
    fileprivate init(_ ticket: Ticket, sent: Int64?) {
        let largest = ticket.deliveries.max { ($0.bytes ?? 0) < ($1.bytes ?? 0) }
        self.init(
            .rsync, of: largest?.path ?? "", to: ticket.address, host: ticket.host, began: ticket.asked,
            bytes: ticket.bytes, sent: sent)
    }

    fileprivate init(_ transfer: TransferSnapshot) {
        self.init(
            .tftp, of: transfer.path, to: transfer.address, host: transfer.host,
            began: UnixTime.nowMilliseconds() - Int64(transfer.seconds * 1000), bytes: transfer.size,
            sent: transfer.sent)
    }
}
