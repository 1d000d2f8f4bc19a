/// The kernel's neighbour table, as `/proc/net/arp` shows it.
package enum NeighbourTable {
    /// Complete Ethernet entries. An address that two networks know with different MACs is left out.
    package static func parse(_ bytes: [UInt8]) -> [IPAddress: MACAddress] {
        var table: [IPAddress: MACAddress] = [:]
        var ambiguous: Set<IPAddress> = []
        for line in lines(of: bytes) {
            guard let (address, mac) = entry(line.bytes) else { continue }
            if let other = table.updateValue(mac, forKey: address), other != mac { ambiguous.insert(address) }
        }
        return ambiguous.isEmpty ? table : table.filter { !ambiguous.contains($0.key) }
    }

    /// `IP address | HW type | Flags | HW address | Mask | Device`
    private static func entry(_ line: ArraySlice<UInt8>) -> (IPAddress, MACAddress)? {
        let columns = words(of: line)
        guard columns.count >= 6, let type = hexNumber(columns[1]), let flags = hexNumber(columns[2]) else {
            return nil
        }
        let (ethernet, complete): (UInt32, UInt32) = (0x1, 0x2)
        guard type == ethernet, flags & complete != 0, let address = IPAddress(parsing: columns[0]),
            let mac = MACAddress(parsing: columns[3]), !mac.isZero
        else { return nil }
        return (address, mac)
    }

    private static func hexNumber(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let text = text(of: bytes)
        return text.hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : nil
    }
}
