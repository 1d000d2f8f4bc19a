import LinboModel

/// What a DHCP server shall know of a host.
struct DHCPHost: Sendable, Hashable {
    let name: HostName
    let mac: MACAddress
    /// nil: any free one.
    let address: IPAddress?
    /// nil: PXE flag 0, the host boots nothing from the network and is told no group (docs/linbo.md#dhcp).
    let group: GroupName?
    /// Of column 7, in its order.
    let statements: [HostStatement]
    let source: SourceLocation

    var boots: Bool { group != nil }

    /// Its own boot file instead of its architecture's.
    var bootFile: String? {
        for case .filename(let name) in statements.reversed() { return name }
        return nil
    }

    var nextServer: IPAddress? {
        for case .nextServer(let address) in statements.reversed() { return address }
        return nil
    }

    var serverName: String? {
        for case .serverName(let name) in statements.reversed() { return name }
        return nil
    }

    /// Those of column 7; of one name the last one.
    var options: [DHCPOption] {
        var options: [DHCPOption] = []
        for case .option(let option) in statements {
            options.removeAll { $0.name == option.name }
            options.append(option)
        }
        return options
    }

    /// What GRUB and LINBO read the group from, unless column 7 says it otherwise (docs/linbo.md#dhcp).
    var groupOptions: [DHCPOption] {
        guard let group else { return [] }
        return [DHCPOption.extensionsPath, DHCPOption.nisDomain].filter { name in
            !options.contains { $0.name == name }
        }.map { DHCPOption(name: $0, text: group.text) }
    }
}
