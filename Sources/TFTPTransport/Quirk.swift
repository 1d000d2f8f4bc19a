import LinboModel

/// What some clients can't do, told by their card's vendor or by the options that they send.
package struct Quirk: Sendable, Hashable {
    /// The first bytes of a MAC; empty matches any client, also one whose MAC is not known.
    package var macPrefix: [UInt8]
    /// Names in lower case that the client must all send; empty matches any.
    package var options: Set<String>
    /// At most so many bytes; nil: no other limit than the settings'.
    package var blockSize: Int?
    /// At most so many blocks; nil: no other limit than the settings'.
    package var windowSize: Int?
    /// Options that are ignored.
    package var refused: Set<String>

    /// What is left out neither tells clients apart nor limits them.
    package init(
        macPrefix: [UInt8] = [], options: Set<String> = [], blockSize: Int? = nil, windowSize: Int? = nil,
        refused: Set<String> = []
    ) {
        self.macPrefix = macPrefix
        self.options = options
        self.blockSize = blockSize
        self.windowSize = windowSize
        self.refused = refused
    }

    func matches(_ request: ReadRequest, mac: MACAddress?) -> Bool {
        guard macPrefix.isEmpty || mac.map({ $0.bytes.starts(with: macPrefix) }) == true else { return false }
        let sent = Set(request.options.map { String(decoding: $0.name.map(lowercased), as: UTF8.self) })
        return options.isSubset(of: sent)
    }
}

extension OptionLimits {
    /// All quirks that match count, the strictest of each.
    mutating func apply(_ quirks: [Quirk], to request: ReadRequest, mac: MACAddress?) {
        for quirk in quirks where quirk.matches(request, mac: mac) {
            blockSize = min(blockSize, quirk.blockSize ?? blockSize)
            windowSize = min(windowSize, quirk.windowSize ?? windowSize)
            refused.formUnion(quirk.refused)
        }
    }
}
