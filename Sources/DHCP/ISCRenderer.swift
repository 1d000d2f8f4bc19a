import LinboModel

/// dhcpd.conf(5): classes by architecture, and a `host` block for each host with the fields in the order that
/// linuxmuster's import writes them (docs/linbo.md#dhcp).
struct ISCRenderer {
    let plan: DHCPPlan

    var parts: [Rendering.Part] {
        [Rendering.header(.isc, ["In dhcpd.conf, outside of all subnets: include \"THIS FILE\";"])]
            + [Rendering.Part(text: Self.asked)] + BootClass.all.map { Rendering.Part(text: block(of: $0)) }
            + plan.hosts.map { Rendering.Part(text: block(of: $0), source: $0.source) }
    }

    /// iPXE asks for neither extensions-path (18) nor nis-domain (40), but the GRUB that it loads reads them from its
    /// packet.
    private static let asked = """
        if exists dhcp-parameter-request-list {
          option dhcp-parameter-request-list = concat(option dhcp-parameter-request-list, 0c, 12, 28);
        }


        """

    // MARK: Classes

    private func block(of boot: BootClass) -> String {
        var lines = ["  match if \(condition(boot));"]
        if let address = plan.nextServer { lines.append("  next-server \(address);") }
        if boot.isHTTP { lines.append("  option vendor-class-identifier \"HTTPClient\";") }
        lines.append("  filename \"\(boot.file(below: plan.httpBoot))\";")
        let block = "class \"\(boot.name)\" {\n\(lines.joined(separator: "\n"))\n}\n"
        guard boot.isHTTP, plan.httpBoot == nil else { return block + "\n" }
        return "# Off, as dhcp.http-boot is not set.\n"
            + block.split(separator: "\n").map { "#\($0)\n" }.joined() + "\n"
    }

    private func condition(_ boot: BootClass) -> String {
        let tests = (boot.isDefault ? BootClass.otherArchitectures : boot.architectures).map { number in
            "substring(option pxe-system-type, 0, 2) = \(byte(number >> 8)):\(byte(number & 0xFF))"
        }.joined(separator: "\n    or ")
        return boot.isDefault ? "not exists pxe-system-type or not (\(tests))" : tests
    }

    private func byte(_ number: UInt16) -> String { (number < 16 ? "0" : "") + String(number, radix: 16) }

    // MARK: Hosts

    private func block(of host: DHCPHost) -> String {
        var lines = ["option host-name \"\(host.name)\"", "hardware ethernet \(host.mac)"]
        if let address = host.address { lines.append("fixed-address \(address)") }
        lines += host.groupOptions.map { line(of: $0) }
        if !host.boots { lines.append("filename \"\"") }  // else its class's
        lines += host.statements.map { line(of: $0) }
        return "host \(host.name) {\n" + lines.map { "  \($0);\n" }.joined() + "}\n\n"
    }

    private func line(of statement: HostStatement) -> String {
        switch statement {
        case .filename(let name): "filename \"\(name)\""
        case .nextServer(let address): "next-server \(address)"
        case .serverName(let name): "server-name \"\(name)\""
        case .option(let option): line(of: option)
        case .onlyISC(let text): text
        }
    }

    private func line(of option: DHCPOption) -> String {
        let value =
            switch option.value {
            case .text(let text): "\"\(text)\""
            case .addresses(let addresses): addresses.map(\.description).joined(separator: ", ")
            case .number(let number): "\(number)"
            case .written(let text): text
            }
        return "option \(option.name) \(value)"
    }
}
