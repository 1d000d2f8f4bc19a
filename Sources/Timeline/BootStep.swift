import HookHost
import HookStore

/// How far a PC can get, in this order.
package enum BootStep: String, Sendable, Codable, CaseIterable, Comparable {
    case firmware, grub, kernel, linbo
    case startConf = "start.conf"
    case image, system

    package static func < (left: BootStep, right: BootStep) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }

    /// What a path is asked for; nil: it tells nothing.
    init?(_ transport: Transport?, _ path: String) {
        switch transport {
        case .tftp:
            if path.hasSuffix("linbo64") || path.hasSuffix("linbofs64") {
                self = .kernel
            } else if path.hasPrefix("boot/grub/"), path.hasSuffix(".cfg") {
                self = .grub
            } else if [".0", ".efi", ".img"].contains(where: { path.hasSuffix($0) }) {
                self = .firmware
            } else {
                return nil
            }
        case .rsync:
            if path.hasPrefix("start.conf") {
                self = .startConf
            } else if path.hasSuffix(".macct") || path.hasPrefix("winact/") {
                self = .system
            } else if Self.image(in: path) != nil {
                self = .image
            } else {
                self = .linbo
            }
        case nil: return nil
        }
    }

    /// The file name of the image that a path is; nil: it is none that LINBO brings to a disk.
    static func image(in path: String) -> String? {
        guard path.hasPrefix("images/"), path.hasSuffix(".qcow2") || path.hasSuffix(".qdiff") else { return nil }
        return path.split(separator: "/").last.map(String.init)
    }

    init?(_ entry: AuditEntry) {
        self.init(Transport(rawValue: entry.transport), entry.path)
    }
}

extension BootStep {
    /// What a PC has then.
    package var words: String {
        switch self {
        case .firmware: "GRUB"
        case .grub: "GRUB's menu"
        case .kernel: "LINBO's kernel"
        case .linbo: "LINBO"
        case .startConf: "LINBO, with its start.conf"
        case .image: "fetching an image"
        case .system: "starting its system"
        }
    }
}

extension BootStep {
    /// What a transfer that still runs tells.
    init(running transfer: RunningTransfer) {
        self = Self(transfer.transport, transfer.path) ?? (transfer.transport == .tftp ? .firmware : .linbo)
    }
}
