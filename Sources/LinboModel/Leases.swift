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
        package let mac: MACAddress
        /// Unix seconds; the greatest number: never.
        package let ends: Int64

        package func isActive(at now: Int64) -> Bool { ends > now }
    }

    /// - Parameter now: Unix seconds; leases that ended by then are left out.
    package static func parse(_ bytes: [UInt8], format: LeaseFormat, now: Int64) -> [IPAddress: MACAddress] {
        read(bytes, format: format).compactMapValues { $0.isActive(at: now) ? $0.mac : nil }
    }

    /// Also those that are over by now.
    package static func read(_ bytes: [UInt8], format: LeaseFormat) -> [IPAddress: Lease] {
        switch format {
        case .isc: ISCLeases.read(bytes)
        case .dnsmasq: dnsmasq(bytes)
        case .kea: KeaLeases.read(bytes)
        }
    }

    /// `expiry mac ip name clientid`; an expiry of 0 is never. Lines of IPv6 leases have no MAC.
    private static func dnsmasq(_ bytes: [UInt8]) -> [IPAddress: Lease] {
        var leases: [IPAddress: Lease] = [:]
        for line in lines(of: bytes) where line.isEnded {
            let columns = words(of: line.bytes)
            guard columns.count >= 4, let expiry = Int64(text(of: columns[0])),
                let address = IPAddress(parsing: columns[2])
            else { continue }
            leases[address] = MACAddress(parsing: columns[1]).map { Lease(mac: $0, ends: expiry == 0 ? .max : expiry) }
        }
        return leases
    }
}

/// Kea's memfile: a header, then a row for each change of a lease.
private enum KeaLeases {
    static func read(_ bytes: [UInt8]) -> [IPAddress: Leases.Lease] {
        var leases: [IPAddress: Leases.Lease] = [:]
        var header: [String: Int] = [:]
        for line in lines(of: bytes) where line.isEnded {
            let columns = split(line.bytes, at: UInt8(ascii: ","))
            if text(of: columns[0]) == "address" {
                header = columns.enumerated().reduce(into: [:]) { $0[text(of: $1.element)] = $1.offset }
            } else if let address = IPAddress(parsing: columns[0]) {
                leases[address] = lease(columns, header)
            }
        }
        return leases
    }

    /// nil: the lease was given back, or is not active (state 0).
    private static func lease(_ columns: [ArraySlice<UInt8>], _ header: [String: Int]) -> Leases.Lease? {
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
