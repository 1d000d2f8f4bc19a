import HookHost
import LinboHookd
import LinboModel

extension Assembly {
    /// A host by its name or address, exactly as in devices.csv.
    func host(_ text: String) throws -> Host {
        let devices = hosts.devices
        let found =
            IPAddress(text).flatMap { devices.host(at: $0) } ?? HostName(text).flatMap { devices.host(named: $0) }
        if let found { return found }
        // In another school a host's name has the school's prefix.
        let prefixed = devices.hosts.map(\.name.description).first {
            $0.lowercased().hasSuffix("-" + text.lowercased())
        }
        let nearest = prefixed ?? nearestWord(to: text, in: devices.hosts.map(\.name.description))
        throw noHost("'\(text)'", hint: nearest.map { "; did you mean '\($0)'?" } ?? "")
    }

    /// A plugin by its type.
    /// - Throws: `Failure` if the configuration does not enable it.
    func plugin<Plugin: HookPlugin>(_ type: Plugin.Type) throws -> Plugin {
        if let plugin = runtime.plugins.lazy.compactMap({ $0 as? Plugin }).first { return plugin }
        throw Failure(
            "plugin \(type.name) is off: write `plugins:` with a line `  - \(type.name)` into \(config.file), then "
                + "`linboctl reload`")
    }

    /// With what is wrong in the files: the host may stand in a row that could not be read.
    func noHost(_ wanted: String, hint: String = "") -> Failure {
        let wrong = hosts.problems.map(\.description)
        guard !wrong.isEmpty else { return Failure("no host \(wanted) in a devices.csv\(hint)") }
        let shown = wrong.prefix(3) + (wrong.count > 3 ? ["… \(wrong.count - 3) more: see `linboctl check`"] : [])
        return Failure(
            (["no host \(wanted) in what can be read of devices.csv\(hint)"] + shown).joined(separator: "\n"))
    }

    /// The client that a host would be; or an unknown one at an address.
    func client(_ text: String) throws -> Client {
        if let address = IPAddress(text) { return hosts.client(at: address) }
        let host = try host(text)
        // The address of a host with DHCP changes: asked for by name it is recognised all the same.
        guard let address = host.address ?? IPAddress("0.0.0.0") else { throw Failure("no address for \(text)") }
        return Client(address: address, host: host, recognition: .assumed(host.source))
    }
}
