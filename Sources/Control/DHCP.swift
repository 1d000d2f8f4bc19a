package import API
import DHCP
import HookConfig
import HookHost
import HookStore
import LinboHookd
import LinboModel

// The DHCP server's hosts and boot files, made from devices.csv.

/// Asked by `linboctl dhcp render`. Reads devices.csv anew.
package struct RenderDHCP: APIOperation {
    /// A whole file of the server's configuration.
    package struct Answer: Codable, Sendable {
        /// As the server reads it.
        package let text: String
        /// Rows that are left out, with the reason.
        package let problems: [String]
    }
    package static let route = Route.get("/v1/dhcp")
    package static let summary = "What `apply` would write; nothing is changed."

    /// For another server than the configured one: isc, dnsmasq or kea.
    package var server: String?

    /// - Parameter server: nil: the configured one.
    package init(server: String?) {
        self.server = server
    }
}

/// Asked by `linboctl dhcp check`, as a trial, and by `linboctl dhcp apply`.
package struct ApplyDHCP: APIOperation {
    /// What was changed, or would be.
    package struct Answer: Codable, Sendable {
        /// Absolute path of the generated file (`dhcp.file`).
        package let file: String
        /// `isc`, `dnsmasq` or `kea`.
        package let server: String
        /// The server's program that has checked it.
        package let checker: String
        /// In the new file.
        package let hosts: Int
        /// Hosts and other lines that only the new file has.
        package let added: Int
        /// Hosts and other lines that are in both files, with another text.
        package let changed: Int
        /// Hosts and other lines that only the old file has.
        package let removed: Int
        /// Lines with `+` and `-`.
        package let changes: [String]
        /// The file is right already: it is not written, and the server is told nothing.
        package let isUnchanged: Bool
        /// Rows of devices.csv that are left out, in whole or in part, with the reason.
        package let problems: [String]
    }
    package static let route = Route.post("/v1/dhcp/apply")
    package static let summary =
        "Has the server's own program check the configuration, replaces the file, and tells the server."

    /// Checks and tells what would change, and changes nothing.
    package var isTrial: Bool?

    /// - Parameter isTrial: true: nothing is written.
    package init(isTrial: Bool) {
        self.isTrial = isTrial
    }
}

extension Control {
    static let dhcpOperations: [OperationOf<Control>] = [
        OperationOf(RenderDHCP.self) { control, question, _ in
            let server = try question.server.map { word throws(Fault) in
                guard let server = DHCPServer(rawValue: word) else {
                    throw Fault(.invalid, "\(quoted(word)) is none of isc, dnsmasq, kea", at: "server")
                }
                return server
            }
            let draft = try DHCPDraft(control.assembly.config, server: server)
            return .init(text: draft.rendering.text, problems: draft.problems)
        },
        OperationOf(ApplyDHCP.self) { control, question, actor in try await control.applyDHCP(question, by: actor) },
    ]

    private func applyDHCP(_ question: ApplyDHCP, by actor: Actor) async throws -> ApplyDHCP.Answer {
        let draft = try DHCPDraft(assembly.config)
        let file = DHCPFile(draft.settings)
        do {
            let changes = DHCPChanges(from: try file.current() ?? "", to: draft.rendering.text)
            try await file.check(draft.rendering)
            let answer = ApplyDHCP.Answer(draft, changes)
            guard question.isTrial != true, !answer.isUnchanged else { return answer }
            try await act(
                AuditEntry(
                    "dhcp apply", by: actor, subject: answer.file,
                    detail: "\(answer.added) new, \(answer.changed) changed, \(answer.removed) gone")
            ) { try await file.replace(with: draft.rendering) }
            return answer
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(.failed, "\(error)")
        }
    }
}

/// What both begin with: the configuration, the hosts, what is made of them.
private struct DHCPDraft {
    let settings: DHCPSettings
    let plan: DHCPPlan
    let rendering: Rendering
    let problems: [String]

    init(_ config: Config, server: DHCPServer? = nil) throws(Fault) {
        guard let settings = config.dhcp ?? server.map({ DHCPSettings(server: $0, file: "/dev/null") }) else {
            throw Fault(
                .conflict, "\(config.file) has no `dhcp:`; write\ndhcp:\n  server: isc\n  file: /etc/dhcp/linbo.conf")
        }
        let loaded = DevicesSource(directory: config.linbo.schools, named: config.location(of: "linbo.schools"))
            .load(keeping: nil)
        // An empty file would take every PC of a school off the network.
        guard !loaded.devices.hosts.isEmpty else {
            throw Fault(
                .conflict,
                (loaded.problems.map(\.description) + [
                    "no host in any devices.csv below \(config.linbo.schools): nothing is made of nothing"
                ]).joined(separator: "\n"))
        }
        let nextServer = settings.nextServer ?? SetupFile(path: config.linbo.setup).current?.serverip
        let kind = server ?? settings.server
        if nextServer == nil, kind == .kea {
            throw Fault(
                .conflict,
                "Kea names no server for boot files by itself: set dhcp.next-server, or serverip in \(config.linbo.setup)"
            )
        }
        self.settings = settings
        plan = DHCPPlan(loaded.devices, server: kind, nextServer: nextServer, httpBoot: settings.httpBoot)
        rendering = Rendering(plan)
        problems = (loaded.problems + plan.problems).map(\.description)
    }
}

extension ApplyDHCP.Answer {
    fileprivate init(_ draft: DHCPDraft, _ changes: DHCPChanges) {
        self.init(
            file: draft.settings.file, server: draft.plan.server.rawValue,
            checker: draft.plan.server.checker.program, hosts: draft.plan.hostCount, added: changes.added.count,
            changed: changes.changed.count, removed: changes.removed.count, changes: changes.lines,
            isUnchanged: changes.isEmpty, problems: draft.problems)
    }
}
