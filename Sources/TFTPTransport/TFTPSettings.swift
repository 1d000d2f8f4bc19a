package import LinboModel

/// The TFTP server's settings, each valid by itself.
package struct TFTPSettings: Sendable {
    /// Empty: no TFTP.
    package var listen: [ListenAddress] = []
    /// All transfers answer from the listening port.
    package var isSinglePort = false
    /// Where transfers answer from otherwise; nil leaves it to the kernel.
    package var ports: ClosedRange<UInt16>?
    package var limits = OptionLimits()
    /// No block is larger than what reaches the client without IP fragments.
    package var isMTUSafe = true
    package var quirks: [Quirk] = []
    package var names = NameRules()
    package var transferLimit = 2000
    package var transferLimitPerClient = 64
    /// Bytes of made content that may wait in memory for slow clients.
    package var memoryLimit = 256 << 20
    /// Requests of one address a second; 0 for no limit.
    package var requestRate = 500
    package var logsTransfers = true
    package var logsMisses = false
    package var threads = 1
    /// How long a plugin may work on a request; then its place is another's.
    package var patience = Duration.seconds(30)

    package init() {}

    /// Some quirk is told by the card's address.
    var needsMAC: Bool { quirks.contains { !$0.macPrefix.isEmpty } }
}
