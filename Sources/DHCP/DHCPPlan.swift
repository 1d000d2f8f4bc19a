package import LinboModel

/// What a DHCP server shall be configured with: the hosts of all schools, and where they boot from.
package struct DHCPPlan: Sendable {
    /// Whose notation and whose limits count: what it can't have of a row is a problem.
    package let server: DHCPServer
    /// Where boot files are fetched; nil: the DHCP server itself.
    package let nextServer: IPAddress?
    /// The tree by HTTP, such as `http://10.0.0.1`; nil: HTTP boot is off.
    package let httpBoot: String?
    let hosts: [DHCPHost]
    /// What was left out of which row.
    package let problems: [Problem]

    /// Rows that become hosts; those that share a MAC are none.
    package var hostCount: Int { hosts.count }

    /// Reads column 7 of every row.
    package init(_ devices: Devices, server: DHCPServer, nextServer: IPAddress?, httpBoot: String? = nil) {
        self.server = server
        self.nextServer = nextServer
        self.httpBoot = httpBoot
        var reader = HostReader(devices: devices, server: server)
        hosts = devices.hosts.compactMap { reader.host($0) }
        problems = reader.problems
    }
}

/// Turns rows of devices.csv into hosts of a DHCP server.
private struct HostReader {
    let devices: Devices
    let server: DHCPServer
    private(set) var problems: [Problem] = []

    init(devices: Devices, server: DHCPServer) {
        self.devices = devices
        self.server = server
    }

    /// nil: its MAC is that of two rows; devices.csv's own problems tell which. An address that stands twice is given
    /// to neither.
    mutating func host(_ host: Host) -> DHCPHost? {
        guard devices.host(mac: host.mac) == host else { return nil }
        let boots = host.pxe != 0
        var statements: [HostStatement] = []
        for text in host.dhcpOptions {
            do throws(StatementError) {
                let statement = try HostStatement(text)
                try check(statement, of: host)
                statements.append(statement)
            } catch {
                problems.append(
                    Problem(
                        location: host.source,
                        what: "\(host.name), DHCP option '\(text)': \(error.what); it is left out",
                        fix: error.fix))
            }
        }
        return DHCPHost(
            name: host.name, mac: host.mac, address: host.address.flatMap { devices.host(at: $0) == host ? $0 : nil },
            group: boots ? host.group : nil, statements: statements, source: host.source)
    }

    /// Whether this server and this host can have it.
    private func check(_ statement: HostStatement, of host: Host) throws(StatementError) {
        switch statement {
        case .filename where host.pxe == 0, .nextServer where host.pxe == 0:
            throw StatementError(what: "the host's PXE flag is 0", fix: "write 1 in column 11, or take the option out")
        case .nextServer where server == .dnsmasq && !host.namesFile,
            .serverName where server == .dnsmasq && !host.namesFile:
            throw StatementError(
                what: "dnsmasq names a host's server with its file only", fix: "add filename \"…\" to the options")
        case .onlyISC where server != .isc:
            throw StatementError(what: "\(server.rawValue) has no such setting for a host", fix: "take it out")
        case .option(let option) where option.code == nil && server != .isc:
            throw StatementError(
                what: "option \(option.name) is not known for \(server.rawValue)",
                fix: "set it in the server's own configuration")
        default: break
        }
    }
}

extension Host {
    fileprivate var namesFile: Bool {
        dhcpOptions.contains { text in
            if case .filename = try? HostStatement(text) { true } else { false }
        }
    }
}
