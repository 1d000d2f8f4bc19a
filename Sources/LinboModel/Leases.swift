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
    /// - Parameter now: Unix seconds; leases that ended by then are left out.
    package static func parse(_ bytes: [UInt8], format: LeaseFormat, now: Int64) -> [IPAddress: MACAddress] {
        switch format {
        case .isc: ISCLeases.parse(bytes, now: now)
        case .dnsmasq: dnsmasq(bytes, now: now)
        case .kea: KeaLeases.parse(bytes, now: now)
        }
    }

    /// `expiry mac ip name clientid`; an expiry of 0 is never. Lines of IPv6 leases have no MAC.
    private static func dnsmasq(_ bytes: [UInt8], now: Int64) -> [IPAddress: MACAddress] {
        var leases: [IPAddress: MACAddress] = [:]
        for line in lines(of: bytes) where line.isEnded {
            let columns = words(of: line.bytes)
            guard columns.count >= 4, let expiry = Int64(text(of: columns[0])),
                let address = IPAddress(parsing: columns[2])
            else { continue }
            leases[address] = expiry == 0 || expiry > now ? MACAddress(parsing: columns[1]) : nil
        }
        return leases
    }
}

/// Kea's memfile: a header, then a row for each change of a lease.
private enum KeaLeases {
    static func parse(_ bytes: [UInt8], now: Int64) -> [IPAddress: MACAddress] {
        var leases: [IPAddress: MACAddress] = [:]
        var header: [String: Int] = [:]
        for line in lines(of: bytes) where line.isEnded {
            let columns = split(line.bytes, at: UInt8(ascii: ","))
            if text(of: columns[0]) == "address" {
                header = columns.enumerated().reduce(into: [:]) { $0[text(of: $1.element)] = $1.offset }
            } else if let address = IPAddress(parsing: columns[0]) {
                leases[address] = mac(columns, header, now: now)
            }
        }
        return leases
    }

    /// nil: the lease is over, or not active (state 0).
    private static func mac(_ columns: [ArraySlice<UInt8>], _ header: [String: Int], now: Int64) -> MACAddress? {
        func column(_ name: String) -> ArraySlice<UInt8>? {
            guard let offset = header[name], offset < columns.count else { return nil }
            return columns[offset]
        }
        func number(_ name: String) -> Int64? { column(name).flatMap { Int64(text(of: $0)) } }
        let forever: Int64 = 0xFFFF_FFFF
        guard let lifetime = number("valid_lifetime"), lifetime > 0, let expire = number("expire"),
            number("state") == 0, expire > now || lifetime == forever
        else { return nil }
        return column("hwaddr").flatMap { MACAddress(parsing: $0) }
    }
}
