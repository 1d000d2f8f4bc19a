package import LinboModel

/// The TFTP server's settings, each valid by itself.
package struct TFTPSettings: Sendable {
    /// Empty: no TFTP.
    package var listen: [ListenAddress] = []
    /// All transfers answer from the listening port.
    package var isSinglePort = false
    /// Where transfers answer from otherwise; nil leaves it to the kernel.
    package var ports: ClosedRange<UInt16>?
    /// `max-blksize` and `max-windowsize`; quirks and the MTU make them less for a client.
    package var limits = OptionLimits()
    /// No block is larger than what reaches the client without IP fragments.
    package var isMTUSafe = true
    /// In the order of the configuration, which does not matter: all that match count.
    package var quirks: [Quirk] = []
    /// `remap` and `ignore-case`.
    package var names = NameRules()
    /// Of all clients together; strangers may have three quarters of it.
    package var transferLimit = 2000
    /// Of one address. One that asks for more gets an error.
    package var transferLimitPerClient = 64
    /// Bytes of made content that may wait in memory for slow clients.
    package var memoryLimit = 256 << 20
    /// Requests of one address a second; 0 for no limit.
    package var requestRate = 500
    /// Each delivered file has a line; failed ones always do.
    package var logsTransfers = true
    /// Every name that is not there has a line, and a row in the audit log; else some have a row only.
    package var logsMisses = false
    /// Engines, each with a thread and sockets of its own; 1 if systemd hands the sockets over.
    package var threads = 1
    /// How long a plugin may work on a request; then its place is another's.
    package var patience = Duration.seconds(30)

    /// The defaults of `tftp:`, which listen nowhere.
    package init() {}

    /// Some quirk is told by the card's address.
    var needsMAC: Bool { quirks.contains { !$0.macPrefix.isEmpty } }
}
