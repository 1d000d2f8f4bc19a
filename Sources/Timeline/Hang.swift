import LinboModel

/// A boot that does not get on: by what usually follows, within what time.
///
/// Only where something must follow. A PC may wait in LINBO's menu for hours, and what follows GRUB's menu may be a
/// system on the disk, of which this server hears nothing.
enum Hang {
    /// How long a PC may take for what must follow a step, after its last sign; milliseconds.
    private static let patience: [BootStep: Int64] = [.firmware: 60_000, .kernel: 120_000, .linbo: 60_000]
    /// How soon LINBO tries a file again that broke off.
    private static let retry: Int64 = 30_000
    /// How long a transfer may stand still.
    private static let standstill: Int64 = 60_000

    /// Why a boot does not get on, with the likely cause.
    /// - Parameters:
    ///   - fault: what it lacks, in words (`Boot.explainedFault`).
    ///   - now: milliseconds since 1970.
    /// - Returns: nil if it does, or if that can't be known yet.
    static func cause(_ boot: Boot?, fault: String?, _ running: [RunningTransfer], now: Int64) -> String? {
        if let still = running.first(where: { $0.sent != nil && now - $0.moved >= standstill }) {
            return
                "\(still.path) stands still for \((now - still.moved) / 1000) s\(Self.amount(still)): the PC is off, "
                + "its cable is out, or its disk takes no more"
        }
        guard running.isEmpty, let boot else { return nil }
        let silence = now - boot.ended
        if let fault, boot.faultAt == boot.ended { return silence >= retry ? fault : nil }
        guard let patience = patience[boot.reached], silence >= patience else { return nil }
        return switch boot.reached {
        case .firmware:
            "GRUB was fetched and has asked for no menu since: it is the wrong one for this firmware (BIOS or UEFI), "
                + "Secure Boot refuses it, or it does not know the network card"
        case .kernel:
            "LINBO's kernel was fetched and LINBO has asked for nothing since: it lacks a driver for the network card, "
                + "or rsync on this server can't be reached from there"
        default:
            "LINBO runs and has asked for no start.conf since: see its screen, or the log that it sends"
        }
    }

    private static func amount(_ transfer: RunningTransfer) -> String {
        guard let sent = transfer.sent, let bytes = transfer.bytes else { return "" }
        return " at \(byteSize(sent)) of \(byteSize(bytes))"
    }
}
