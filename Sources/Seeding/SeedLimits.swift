package import LinboModel

/// Addresses that follow each other.
package struct AddressRange: Sendable, Hashable {
    private let first: [UInt8]
    private let last: [UInt8]

    /// From the first to the last one, both among them; none if they are of two families, or the wrong way round.
    package init(_ first: IPAddress, _ last: IPAddress) { (self.first, self.last) = (first.bytes, last.bytes) }

    /// Whether an address is among them.
    package func contains(_ address: IPAddress) -> Bool {
        let bytes = address.bytes
        guard bytes.count == first.count, bytes.count == last.count else { return false }
        return !bytes.lexicographicallyPrecedes(first) && !last.lexicographicallyPrecedes(bytes)
    }
}

/// How fast peers are served, in bytes a second.
package struct SeedLimits: Sendable, Equatable {
    /// Peers that share a rate, such as those of a room behind a slow link.
    package struct Group: Sendable, Equatable {
        package let ranges: [AddressRange]
        /// Of all of them together.
        package let rate: Int

        /// - Parameter rate: bytes a second, at least 1.
        package init(_ ranges: [AddressRange], rate: Int) {
            (self.ranges, self.rate) = (ranges, max(1, rate))
        }
    }

    /// Of all peers together; nil: as fast as can be.
    package let total: Int?
    /// The first that has a peer counts for it, besides `total`.
    package let groups: [Group]

    /// - Parameter total: bytes a second, at least 1; nil: as fast as can be.
    package init(total: Int? = nil, groups: [Group] = []) {
        (self.total, self.groups) = (total.map { max(1, $0) }, groups)
    }
}
