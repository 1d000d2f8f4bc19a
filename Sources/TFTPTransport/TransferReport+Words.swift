import HookHost
import HookStore
package import LinboModel
import LinuxKit
import Logging

extension TransferReport {
    /// One that sent no DATA.
    static func unsent(_ subject: TransferSubject, _ ending: Ending) -> TransferReport {
        TransferReport(
            subject: subject, ending: ending, options: TransferOptions(), bytes: 0, blocks: 0, retransmissions: 0,
            seconds: Double(max(0, UnixTime.nowMilliseconds() - subject.asked)) / 1000)
    }

    var client: Logger.Metadata { .client(subject.address.description, host: subject.host?.description) }

    /// For the log.
    var line: String {
        let head = "tftp: \(subject.label) \(subject.shownPath)"
        guard case .transfer(let status) = ending else { return "\(head): \(outcome)" }
        return "\(head): \(status), \(bytes) bytes in \(milliseconds) ms, \(particulars)"
    }

    /// For the audit log; nil for what is not kept there: names that are not there, of clients that are in no
    /// devices.csv, and those that GRUB tries before the right one (docs/linbo.md#grub-over-tftp). What was kept from a
    /// client is kept there.
    func entry(keepsMisses: Bool) -> AuditEntry? {
        if ending == .notThere, !keepsMisses {
            let isTold = subject.host != nil || [.hidden, .refused].contains(subject.delivery?.decision)
            guard isTold, !Self.isTriedByGRUB(subject.shownPath) else { return nil }
        }
        var delivery = subject.delivery ?? Delivery(path: subject.shownPath, decision: .missing)
        // By a link, or in another case of letters.
        let way = subject.path.flatMap { $0.description == subject.shownPath ? nil : "as \($0)" }
        var remarks = [way, delivery.reason]
        switch ending {
        case .transfer: remarks.append(particulars)
        case .refused(let cause): (delivery.decision, remarks) = (.refused, [cause])
        case .notThere: break
        }
        delivery.path = subject.shownPath
        delivery.reason = remarks.contains { $0 != nil } ? remarks.compactMap(\.self).joined(separator: "; ") : nil
        delivery.bytes = blocks > 0 ? bytes : nil
        return AuditEntry(delivery, of: asked, outcome: outcome, duration: milliseconds)
    }

    private var asked: Asked {
        Asked(
            at: subject.asked, over: .tftp, subject.connection, address: subject.address.description,
            host: subject.host?.description, intent: .fetch)
    }

    /// `grub.cfg-01-<MAC>` and `grub.cfg-<part of the address>`, nine in a row at each boot.
    static func isTriedByGRUB(_ path: String) -> Bool {
        path.hasPrefix("boot/grub/grub.cfg-")
    }

    package var outcome: OutcomeWord {
        switch ending {
        case .transfer(let status): status.outcome
        case .notThere: .notThere
        case .refused(let reason): .refused(reason)
        }
    }

    private var milliseconds: Int64 { Int64(seconds * 1000) }

    private var particulars: String {
        retransmissions == 0 ? options.description : "\(options), \(retransmissions) packets sent again"
    }
}

/// Text of clients for logs.
enum ShownText {
    /// A name as it came.
    static func printable(_ bytes: [UInt8]) -> String {
        if bytes.count <= 200, bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        return LinboModel.printable(String(decoding: bytes.prefix(200), as: UTF8.self))
    }
}
