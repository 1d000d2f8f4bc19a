import LinboModel

/// dnsmasq(8): a `dhcp-host` line for each host, options and boot files by tags.
struct DnsmasqRenderer {
    let plan: DHCPPlan

    /// The host boots nothing.
    private static let off = "linbo-off"
    /// The host has a boot file of its own.
    private static let own = "linbo-own"

    var parts: [Rendering.Part] {
        [Rendering.header(.dnsmasq, ["In dnsmasq.conf: conf-file=THIS FILE (not needed for files in /etc/dnsmasq.d)."])]
            + classes + groups + [Rendering.Part(text: "\n")] + plan.hosts.map { lines(of: $0) }
    }

    // MARK: Classes

    private var classes: [Rendering.Part] {
        // Those that are off are matched, too: they get no other class's file.
        let matches = BootClass.all.flatMap { boot in
            boot.architectures.map { "dhcp-match=set:\(boot.name),option:client-arch,\($0)\n" }
        }
        let others = BootClass.all.filter { !$0.isDefault }.map { "tag:!\($0.name)" }
        let boots = BootClass.all.flatMap { boot in
            let tags = ["tag:!\(Self.off)", "tag:!\(Self.own)"] + (boot.isDefault ? others : ["tag:\(boot.name)"])
            let file = "dhcp-boot=\(tags.joined(separator: ",")),\(boot.file(below: plan.httpBoot))\(server(nil, nil))"
            let vendor = boot.isHTTP ? ["dhcp-option-force=tag:\(boot.name),60,HTTPClient"] : []
            return (vendor + [file]).map { line($0, isOff: isOff(boot)) }
        }
        return (matches + boots + ["\n"]).map { Rendering.Part(text: $0) }
    }

    private func isOff(_ boot: BootClass) -> Bool { boot.isHTTP && plan.httpBoot == nil }

    private func line(_ text: String, isOff: Bool) -> String { "\(isOff ? "#" : "")\(text)\n" }

    /// Behind a boot file: the server's name, and its address.
    private func server(_ name: String?, _ address: IPAddress?) -> String {
        let address = address ?? plan.nextServer
        guard name != nil || address != nil else { return "" }
        return ",\(name.map { "\"\($0)\"" } ?? "")" + (address.map { ",\($0)" } ?? "")
    }

    // MARK: Hosts

    /// Forced, as iPXE asks for neither, but the GRUB that it loads reads them from its packet.
    private var groups: [Rendering.Part] {
        Set(plan.hosts.compactMap(\.group)).sorted().map { group in
            let options = [DHCPOption.extensionsPath, DHCPOption.nisDomain].map {
                DHCPOption(name: $0, text: group.text)
            }
            return Rendering.Part(text: options.map { line(of: $0, tag: tag(of: group)) }.joined())
        }
    }

    private func tag(of group: GroupName) -> String { "linbo-group-\(group)" }

    private func lines(of host: DHCPHost) -> Rendering.Part {
        let own = "linbo-host-\(host.name.lowercased)"
        var options = host.options
        var tags: [String] = []
        if let group = host.group, host.groupOptions.count == 2 {
            tags.append(tag(of: group))
        } else {
            options += host.groupOptions
            if !host.boots { tags.append(Self.off) }
        }
        let isHidden = Self.isMisread(host.name)
        if isHidden { options.append(DHCPOption(name: DHCPOption.hostName, text: host.name.description)) }
        let boot = bootLine(of: host, tag: own)
        if boot != nil { tags.append(Self.own) }
        if boot != nil || !options.isEmpty { tags.append(own) }
        let words =
            [host.mac.description] + tags.map { "set:\($0)" } + [host.address?.description].compactMap { $0 }
            + (isHidden ? [] : [host.name.description])
        let text =
            ["dhcp-host=\(words.joined(separator: ","))\n"] + options.map { line(of: $0, tag: own) }
            + [boot].compactMap { $0 }
        return Rendering.Part(text: text.joined(), source: host.source)
    }

    /// A boot file of its own, for every architecture.
    private func bootLine(of host: DHCPHost, tag: String) -> String? {
        guard host.boots, let file = host.bootFile else { return nil }
        return "dhcp-boot=tag:\(tag),\"\(file)\"\(server(host.serverName, host.nextServer))\n"
    }

    /// dnsmasq takes `101`, `12h` and these words in a `dhcp-host` for lease times and orders, not for names.
    private static func isMisread(_ name: HostName) -> Bool {
        let text = name.lowercased
        let digits = text.drop { $0.isNumber }
        return ["infinite", "ignore"].contains(text)
            || (text.first?.isNumber == true && ["", "s", "m", "h", "d", "w"].contains(digits))
    }

    private func line(of option: DHCPOption, tag: String) -> String {
        let value =
            switch option.value {
            case .text(let text): "\"\(text)\""  // without quotes `2024` would be a number
            case .addresses(let addresses): addresses.map(\.description).joined(separator: ",")
            case .number(let number): "\(number)"
            case .written(let text): text
            }
        return "dhcp-option-force=tag:\(tag),\(option.code.map(String.init) ?? "option:\(option.name)"),\(value)\n"
    }
}
