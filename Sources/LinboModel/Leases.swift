/// Whose lease file it is.
package enum LeaseFormat: String, Sendable, Hashable, CaseIterable {
    /// isc-dhcp's `dhcpd.leases`.
    case isc
    /// dnsmasq's `dnsmasq.leases`.
    case dnsmasq
    /// Kea's memfile, `kea-leases4.csv`.
    case kea
}

/// Lease files of DHCP servers: which MAC an address was leased to. These files only grow, so for each address the last
/// entry is the newest; if that one is not active the address has no lease.
package enum Leases {
    /// Which MAC has an address, and until when: whoever keeps it asks again at each look.
    package struct Lease: Sendable, Hashable {
        /// Of the last entry for the address.
        package let mac: MACAddress
        /// Unix seconds; the greatest number: never.
        package let ends: Int64

        /// - Parameter now: Unix seconds; a lease that ends in this very second is over.
        package func isActive(at now: Int64) -> Bool { ends > now }
    }

    /// - Parameter now: Unix seconds; leases that ended by then are left out.
    package static func parse(_ bytes: [UInt8], format: LeaseFormat, now: Int64) -> [IPAddress: MACAddress] {
        var reader = LeaseReader(format)
        reader.read(bytes)
        return reader.leases.compactMapValues { $0.isActive(at: now) ? $0.mac : nil }
    }
}

/// Reads lease files piece by piece: their servers append to them, and what was read once need not be read again.
package struct LeaseReader: Sendable {
    /// Also those that are over by now.
    package private(set) var leases: [IPAddress: Leases.Lease] = [:]
    private let format: LeaseFormat
    private var columns = KeaColumns()

    /// A reader for one file, from its beginning; a file that was replaced needs a new one.
    package init(_ format: LeaseFormat) {
        self.format = format
    }

    /// - Returns: how many bytes were read; behind them stands a record that is still being written.
    @discardableResult
    package mutating func read(_ bytes: [UInt8]) -> Int {
        if format == .isc { return ISCLeases.read(bytes, into: &leases) }
        for line in lines(of: bytes) where line.isEnded {
            if format == .kea { columns.read(line.bytes, into: &leases) } else { readDnsmasq(line.bytes) }
        }
        return bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    }

    /// `expiry mac ip name clientid`; an expiry of 0 is never. Lines of IPv6 leases have no MAC.
    private mutating func readDnsmasq(_ line: ArraySlice<UInt8>) {
        let columns = words(of: line)
        guard columns.count >= 4, let expiry = Int64(text(of: columns[0])), let address = IPAddress(parsing: columns[2])
        else { return }
        leases[address] = MACAddress(parsing: columns[1]).map {
            Leases.Lease(mac: $0, ends: expiry == 0 ? .max : expiry)
        }
    }
}

/// Kea's memfile: a header that names the columns, then a row for each change of a lease.
private struct KeaColumns {
    private var header: [String: Int] = [:]

    mutating func read(_ line: ArraySlice<UInt8>, into leases: inout [IPAddress: Leases.Lease]) {
        let columns = split(line, at: UInt8(ascii: ","))
        if text(of: columns[0]) == "address" {
            header = columns.enumerated().reduce(into: [:]) { $0[text(of: $1.element)] = $1.offset }
        } else if let address = IPAddress(parsing: columns[0]) {
            leases[address] = lease(columns)
        }
    }

    /// nil: the lease was given back, or is not active (state 0).
    private func lease(_ columns: [ArraySlice<UInt8>]) -> Leases.Lease? {
        func column(_ name: String) -> ArraySlice<UInt8>? {
            guard let offset = header[name], offset < columns.count else { return nil }
            return columns[offset]
        }
        func number(_ name: String) -> Int64? { column(name).flatMap { Int64(text(of: $0)) } }
        let forever: Int64 = 0xFFFF_FFFF
        guard let lifetime = number("valid_lifetime"), lifetime > 0, let expire = number("expire"),
            number("state") == 0, let mac = column("hwaddr").flatMap({ MACAddress(parsing: $0) })
        else { return nil }
        return Leases.Lease(mac: mac, ends: lifetime == forever ? .max : expire)
    }
}
