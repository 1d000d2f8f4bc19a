package import API
package import HookHost
import HookStore
package import LinboHookd
import LinboModel
import RsyncTransport
import TFTPTransport

// The daemon itself.

/// Asked by `linboctl status`.
package struct GetStatus: APIOperation {
    package typealias Answer = StatusReport
    package static let route = Route.get("/v1/status")
    package static let summary = "Is the daemon well, and what does it do right now?"

    /// Asks for all of `StatusReport`.
    package init() {}
}

/// Asked by `linboctl reload`. A configuration that is wrong changes nothing.
package struct Reload: APIOperation {
    /// What came of it.
    package struct Answer: Codable, Sendable {
        /// In words.
        package let done: String
    }
    package static let route = Route.post("/v1/reload")
    package static let summary = "Has the daemon read its configuration anew, whole or not at all."

    /// Of the file that the daemon was started with.
    package init() {}
}

/// Asked by `linboctl plugins`.
package struct GetPlugins: APIOperation {
    /// One that this version has.
    package struct Plugin: Codable, Sendable {
        /// As in `plugins:` of the configuration.
        package let name: String
        /// Those that are not come last, in the order of `pluginRegistry`.
        package let isEnabled: Bool
        /// Patterns of paths.
        package let claims: [String]
    }
    package typealias Answer = [Plugin]
    package static let route = Route.get("/v1/plugins")
    package static let summary = "The plugins in the order that requests pass them, and the paths that each claims."

    /// Of those that are off, too.
    package init() {}
}

/// Asked by `linboctl tftp`.
package struct GetTFTP: APIOperation {
    package typealias Answer = TFTPReport
    package static let route = Route.get("/v1/tftp")
    package static let summary = "TFTP transfers that run now, and how well each client's packets arrive."

    /// Of all clients.
    package init() {}
}

/// Asked by `linboctl hosts list`.
package struct GetNewcomers: APIOperation {
    /// One host that waits.
    package struct Row: Codable, Sendable {
        /// As it registered itself.
        package let host: Newcomer
        /// Of devices.csv; nil: the host is not there any more.
        package let role: String?
    }
    package typealias Answer = [Row]
    package static let route = Route.get("/v1/newcomers")
    package static let summary = "Hosts that registered themselves and wait for an import, oldest first."

    /// Of all schools.
    package init() {}
}

/// Asked by `linboctl hosts admit`. If one of the names does not wait, none is admitted.
package struct AdmitNewcomers: APIOperation {
    /// Who has all rights now.
    package struct Answer: Codable, Sendable {
        /// Hostnames, as in devices.csv.
        package let admitted: [String]
    }
    package static let route = Route.post("/v1/newcomers/admit")
    package static let summary = "Gives registered hosts the rights of all others, without an import."

    /// Names, or `all`.
    package var hosts: [String]

    /// - Parameter hosts: hostnames, or `all` alone.
    package init(hosts: [String]) {
        self.hosts = hosts
    }
}

extension Control {
    static let serverOperations: [OperationOf<Control>] = [
        OperationOf(GetStatus.self) { control, _, _ in
            control.assembly.audit?.flush(within: .seconds(1))
            return control.status.report()
        },
        OperationOf(Reload.self) { control, _, actor in try await control.reload(by: actor) },
        OperationOf(GetPlugins.self) { control, _, _ in control.plugins() },
        OperationOf(GetTFTP.self) { control, _, _ in await TFTPReport(control.tftp?.server) },
        OperationOf(GetNewcomers.self) { control, _, _ in control.newcomers() },
        OperationOf(AdmitNewcomers.self) { control, question, actor in
            try await control.admit(question.hosts, by: actor)
        },
    ]

    private func reload(by actor: Actor) async throws -> Reload.Answer {
        func reload() throws(Fault) -> Reload.Answer {
            do { return .init(done: try reloader.reload()) } catch { throw Fault(.invalid, "\(error)") }
        }
        // Without a database the configuration is read anew all the same: it may be what is wrong.
        guard assembly.store != nil else { return try reload() }
        return try await act(AuditEntry("reload", by: actor)) { try reload() }
    }

    private func plugins() -> [GetPlugins.Plugin] {
        let enabled = assembly.runtime.plugins.map { plugin in
            GetPlugins.Plugin(
                name: type(of: plugin).name.description, isEnabled: true, claims: plugin.claims.map(\.description))
        }
        let others = pluginRegistry.map { type in type.name.description }.filter { name in
            !enabled.contains { $0.name == name }
        }
        return enabled + others.map { GetPlugins.Plugin(name: $0, isEnabled: false, claims: []) }
    }

    private func newcomers() -> [GetNewcomers.Row] {
        let assembly = assembly
        assembly.hosts.refresh()
        let devices = assembly.hosts.devices
        return assembly.newcomers.map { host in
            GetNewcomers.Row(host: host, role: HostName(host.name).flatMap { devices.host(named: $0)?.role })
        }
    }

    private func admit(_ hosts: [String], by actor: Actor) async throws -> AdmitNewcomers.Answer {
        let assembly = assembly
        assembly.hosts.refresh()
        let waiting = assembly.newcomers
        // A host's name means the same in any case.
        let names = hosts == ["all"] ? waiting.map { $0.name.lowercased() } : hosts.map { $0.lowercased() }
        let known = Set(waiting.map { $0.name.lowercased() })
        for (name, text) in zip(names, hosts) where !known.contains(name) {
            throw Fault(.missing, "\(text) does not wait: `linboctl hosts list` shows who does")
        }
        let wanted = waiting.filter { names.contains($0.name.lowercased()) }
        for host in wanted {
            try await act(AuditEntry("hosts admit", by: actor, host: host.name)) { try assembly.admit([host]) }
        }
        return AdmitNewcomers.Answer(admitted: wanted.map(\.name))
    }
}
