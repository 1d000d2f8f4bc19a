package import LinboModel

/// Whether a client is the machine that devices.csv says it is, by its MAC: an address alone can be taken by anybody.
package enum MACCheck: Sendable, Hashable {
    /// Checked where the kernel sees MACs: on local links. Behind a router all have the router's.
    case onLocalLinks
    case always
    case never
}

extension HostDirectory {
    /// The MAC behind an address, as the kernel sees it; nil where it can't, or where `identity.verify-mac` does not
    /// ask.
    package func seenMAC(at address: IPAddress) -> MACAddress? {
        switch addresses.check {
        case .never: return nil
        case .onLocalLinks where !LocalLinks.reach(address, isFresh: false): return nil
        case .onLocalLinks, .always: return sightings.neighbour(at: address)
        }
    }

    /// Why it is not certain that a client is its host; nil if it is, as far as `identity.verify-mac` wants to know.
    /// Whatever gives a secret or something once, or acts in a host's name, asks this first.
    package func doubt(about client: Client) -> String? {
        guard let host = client.host else { return "\(client.address) is in no devices.csv" }
        if let doubt = newcomers?.doubt(about: host) { return doubt }
        if case .assumed = client.recognition { return nil }
        let address = client.address
        switch addresses.check {
        case .never: return nil
        case .onLocalLinks where !LocalLinks.reach(address): return nil
        case .onLocalLinks, .always: break
        }
        guard address.isIPv4 else { return "\(address): MACs are known for IPv4 only (identity.verify-mac)" }
        guard let seen = sightings.neighbour(at: address) else {
            return "the kernel knows no MAC of \(address) (identity.verify-mac)"
        }
        guard seen == host.mac else {
            return
                "\(address) has the MAC \(seen), \(host.name) has \(host.mac) in \(host.source) (identity.verify-mac)"
        }
        return nil
    }
}
