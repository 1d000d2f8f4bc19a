import LinboModel

/// Members of Kea's `Dhcp4` object: client classes by architecture, and a global reservation for each host.
struct KeaRenderer {
    let plan: DHCPPlan

    /// The host boots nothing.
    private static let off = "linbo-off"

    var parts: [Rendering.Part] {
        let include = "Last in \"Dhcp4\": <?include \"THIS FILE\"?>"
        let rows = plan.hosts.enumerated().map { offset, host in
            Rendering.Part(
                text: "  \(reservation(of: host))\(offset + 1 < plan.hosts.count ? "," : "")\n", source: host.source)
        }
        return [
            Rendering.header(.kea, [include]), Rendering.Part(text: classes),
            Rendering.Part(
                text: "\"reservations-global\": true,\n\"reservations-in-subnet\": true,\n\"reservations\": [\n"),
        ] + rows + [Rendering.Part(text: "]\n")]
    }

    // MARK: Classes

    private var classes: String {
        let active = BootClass.all.filter { !isOff($0) }
        let lines =
            ["  { \"name\": \(json(Self.off)) }"]
            + active.map { "  \(line(of: $0))" }
        let off = BootClass.all.filter(isOff).map { "  // off, as dhcp.http-boot is not set: \(line(of: $0))\n" }
        return "\"client-classes\": [\n" + off.joined() + lines.joined(separator: ",\n") + "\n],\n"
    }

    private func isOff(_ boot: BootClass) -> Bool { boot.isHTTP && plan.httpBoot == nil }

    private func line(of boot: BootClass) -> String {
        var members = ["\"name\": \(json(boot.name))", "\"test\": \(json(condition(boot)))"]
        if let address = plan.nextServer { members.append("\"next-server\": \"\(address)\"") }
        members.append("\"boot-file-name\": \(json(boot.file(below: plan.httpBoot)))")
        if boot.isHTTP {
            members.append("\"option-data\": [ { \"code\": 60, \"data\": \"HTTPClient\", \"always-send\": true } ]")
        }
        return "{ \(members.joined(separator: ", ")) }"
    }

    /// Kea knows a reservation's classes only in tests that ask whether the host is known: then it looks for it first.
    private func condition(_ boot: BootClass) -> String {
        let tests = (boot.isDefault ? BootClass.otherArchitectures : boot.architectures).map { number in
            let hex = String(number, radix: 16)
            return "substring(option[93].hex, 0, 2) == 0x\(String(repeating: "0", count: 4 - hex.count))\(hex)"
        }
        let all = tests.joined(separator: " or ")
        return
            "(member('KNOWN') or member('UNKNOWN')) and not member('\(Self.off)') and \(boot.isDefault ? "not " : "")(\(all))"
    }

    // MARK: Hosts

    private func reservation(of host: DHCPHost) -> String {
        var members = ["\"hw-address\": \"\(host.mac)\"", "\"hostname\": \(json(host.name.description))"]
        if let address = host.address { members.append("\"ip-address\": \"\(address)\"") }
        if host.boots {
            if let address = host.nextServer ?? (host.bootFile == nil ? nil : plan.nextServer) {
                members.append("\"next-server\": \"\(address)\"")
            }
            if let name = host.serverName { members.append("\"server-hostname\": \(json(name))") }
            if let file = host.bootFile { members.append("\"boot-file-name\": \(json(file))") }
        } else {
            members.append("\"client-classes\": [ \(json(Self.off)) ]")
        }
        var options = host.groupOptions + host.options
        if !options.contains(where: { $0.name == DHCPOption.hostName }) {
            options.insert(DHCPOption(name: DHCPOption.hostName, text: host.name.description), at: 0)
        }
        members.append("\"option-data\": [ \(options.map(line).joined(separator: ", ")) ]")
        return "{ \(members.joined(separator: ", ")) }"
    }

    /// Sent always: iPXE asks for neither extensions-path nor nis-domain, but the GRUB that it loads reads them from
    /// its packet.
    private func line(of option: DHCPOption) -> String {
        let value =
            switch option.value {
            case .text(let text): text.replacing(",", with: "\\,")  // a comma would begin another value
            case .addresses(let addresses): addresses.map(\.description).joined(separator: ", ")
            case .number(let number): "\(number)"
            case .written(let text): text
            }
        return "{ \"code\": \(option.code ?? 0), \"data\": \(json(value)), \"always-send\": true }"
    }

    /// All texts here are printable ASCII.
    private func json(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
