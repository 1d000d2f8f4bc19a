import HookHost
import LinboModel
import LinuxKit
import RsyncTransport
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
        // Without them it is told what runs, not how far it is.
        let connections = ((try? TCPConnection.all()) ?? []).filter { $0.localPort == port }
        let sent = Dictionary(grouping: connections) { IPAddress(bytes: $0.peer)?.description ?? "" }
        return Dictionary(grouping: tickets, by: \.address).flatMap { address, tickets in
            // The kernel doesn't say whose of a client's connections one is; LINBO has one at a time. Of several, the one
            // that has more to send has sent more.
            let amounts = (sent[address] ?? []).map(\.acknowledged).sorted(by: >)
            return tickets.sorted { $0.bytes > $1.bytes }.enumerated().map { index, ticket in
                RunningTransfer(ticket, sent: index < amounts.count ? amounts[index] : nil)
            }
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
