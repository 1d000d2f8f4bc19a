import LinboModel

/// One line of what happens in a test.
package struct BootStep: Sendable, Hashable, Codable {
    /// Since the PC was switched on.
    package let seconds: Double
    /// `DHCP` or `TFTP`.
    package let what: String
    /// A message of DHCP, or a path with what became of it.
    package let text: String
    /// Whether it is what a boot needs; GRUB asks for some names in vain.
    package let isFine: Bool
}

/// A transfer of the test's TFTP server, as it tells it in one line of JSON.
package struct TestTransfer: Sendable, Hashable, Codable {
    /// Whom the server took the PC for; nil: nobody that it knows.
    package let host: String?
    /// What was asked for, from the tree's root on.
    package let path: String
    /// An `OutcomeWord` as it is written.
    package let outcome: String
    /// How many were sent.
    package let bytes: Int64
    /// Whether the file came whole.
    package let isDelivered: Bool

    /// As the server reports it.
    package init(host: String?, path: String, outcome: String, bytes: Int64, isDelivered: Bool) {
        self.host = host
        self.path = path
        self.outcome = outcome
        self.bytes = bytes
        self.isDelivered = isDelivered
    }
}

/// How far a boot has come: a value that events go into.
struct BootProgress: Sendable {
    let host: Host
    /// Whether the tree has LINBO's kernel: then the boot goes on to it.
    let hasKernel: Bool

    private(set) var hasAddress = false
    private(set) var hasLoader = false
    private(set) var hasConfig = false
    private(set) var hasKernelFile = false
    private(set) var isDone = false
    private var lastDHCP = ""
    /// How the kernel's last transfer ended.
    private var kernelOutcome: String?

    init(host: Host, hasKernel: Bool) {
        self.host = host
        self.hasKernel = hasKernel
    }

    /// A line of dnsmasq's log.
    mutating func dhcp(_ line: String) -> (text: String, isFine: Bool)? {
        // `Nov 25 02:24:00 dnsmasq-dhcp[123]: DHCPACK(br0) 10.0.0.11 52:54:00:00:00:01 pc01`
        guard let place = line.firstMatch(of: /DHCP(DISCOVER|OFFER|REQUEST|ACK|NAK)\(/) else { return nil }
        let text = line[place.range.lowerBound...].split(separator: " ").joined(separator: " ")
        guard text != lastDHCP else { return nil }  // firmware, GRUB and iPXE ask again
        lastDHCP = text
        if text.hasPrefix("DHCPACK") { hasAddress = true }
        return (text, !text.hasPrefix("DHCPNAK"))
    }

    mutating func transfer(_ transfer: TestTransfer) -> (text: String, isFine: Bool)? {
        // Nine names that GRUB tries before the right one.
        guard !transfer.path.hasPrefix("boot/grub/grub.cfg-") else { return nil }
        if transfer.path == "linbo64" { kernelOutcome = transfer.outcome }
        if transfer.isDelivered {
            hasLoader = true
            if configs.contains(transfer.path.lowercased()) { hasConfig = true }
            if transfer.path == "linbo64" { hasKernelFile = true }
            if hasKernel ? transfer.path == "linbofs64" : hasConfig { isDone = true }
        }
        let who = transfer.host == host.name.description ? "" : " (for \(transfer.host ?? "an unknown client"))"
        let size = transfer.isDelivered ? ", \(transfer.bytes) bytes" : ""
        // EDK2 asks for a size first, and reads then; GRUB looks whether a file is there, and closes it.
        let isFine = transfer.isDelivered || transfer.outcome == "not read" || transfer.outcome.hasSuffix("(closed)")
        return ("\(transfer.path): \(transfer.outcome)\(size)\(who)", isFine)
    }

    /// Configurations of this host: its own, or its group's (docs/linbo.md#grub-over-tftp).
    private var configs: [String] {
        let name = host.name.lowercased
        return [
            "boot/grub/hostcfg/\(name).cfg", "boot/grub/\(host.group.text.lowercased()).cfg",
            "boot/grub/hostcfg/\(name).img",
        ]
    }

    /// What is missing first, and where to look.
    var whatIsMissing: String {
        if !hasAddress {
            return
                "the PC was given no address: is its row in devices.csv right? `linboctl dhcp render --server dnsmasq`"
        }
        if !hasLoader {
            return
                "the PC fetched nothing: is its boot file there? `linboctl explain \(host.name) boot/grub/i386-pc/core.0`"
        }
        if !hasConfig {
            return "GRUB came, but not the configuration of \(host.name) or of group \(host.group): "
                + "`linboctl explain \(host.name) boot/grub/hostcfg/\(host.name).cfg`"
        }
        if !hasKernelFile {
            guard let kernelOutcome else { return "GRUB has its configuration, but did not ask for linbo64" }
            return "GRUB did not take linbo64 (\(kernelOutcome)): is it a kernel?"
        }
        return "the kernel came, but not linbofs64 as a whole"
    }
}
