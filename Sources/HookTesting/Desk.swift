import Glibc
package import HookHost
package import LinboHookd
import LinboModel
import Logging

/// A daemon in the test's own process, and where clients ask it.
package struct Desk<Plugin: HookPlugin>: Sendable {
    /// Its directory goes with it.
    package let lab: PluginLab<Plugin>
    package let assembly: Assembly
    /// As the daemon made it.
    package let plugin: Plugin
    let logger: Logger

    init(lab: PluginLab<Plugin>, assembly: Assembly, logger: Logger) throws {
        guard let plugin = assembly.runtime.plugins.first as? Plugin else { throw Refusal("no plugin was made") }
        self.lab = lab
        self.assembly = assembly
        self.plugin = plugin
        self.logger = logger
    }

    /// Who clients are.
    package var hosts: HostDirectory { assembly.hosts }
    /// With the plugin as the only one of its chain.
    package var runtime: Runtime { assembly.runtime }

    /// What the runtime makes of a request, with its trace: for what no transport tells.
    /// - Parameter host: 1 is pc01.
    package func answer(
        _ path: String, as host: Int = 1, over transport: Transport = .rsync, intent: Intent = .fetch,
        manner: Manner = .byName
    ) async throws -> Runtime.Answer {
        hosts.refresh()
        return try await runtime.resolveFollowingLinks(
            Request(
                client: hosts.client(at: try address(of: host)), over: transport, path: try TreePath(path),
                intent: intent, manner: manner, connection: Self.connection))
    }

    /// What a client gets; nil if it gets nothing. Content that happens once has happened then.
    /// - Parameter host: 1 is pc01.
    package func fetch(_ path: String, as host: Int = 1, over depth: Depth = .plugin) async throws -> [UInt8]? {
        switch depth {
        case .plugin: try await fetchFromRuntime(path, as: host)
        case .tftp: try await fetchOverTFTP(path, as: host)
        case .rsync: try await fetchOverRsync(path, as: host)
        }
    }

    /// The same as text.
    package func text(_ path: String, as host: Int = 1, over depth: Depth = .plugin) async throws -> String? {
        try await fetch(path, as: host, over: depth).map { String(decoding: $0, as: UTF8.self) }
    }

    private func fetchFromRuntime(_ path: String, as host: Int) async throws -> [UInt8]? {
        let answer = try await answer(path, as: host)
        switch answer.content {
        case .file(let file): return try file.read(limit: 64 << 20)
        case .made(let made):
            let name = hosts.client(at: try address(of: host)).host?.name
            await runtime.tell(.delivered, of: Delivery(answer), to: name, Self.connection)
            return made.bytes
        default: return nil
        }
    }

    /// This process: a connection that is there for as long as it is.
    private static var connection: ConnectionID {
        ConnectionID(process: getpid()) ?? ConnectionID(process: 1, started: 1)
    }

    private func address(of host: Int) throws -> IPAddress {
        guard let address = IPAddress(Self.addressText(of: host)) else { throw Refusal("no address") }
        return address
    }

    /// 1 is pc01, which is 127.0.0.2.
    static func addressText(of host: Int) -> String { "127.0.0.\(host + 1)" }
}

extension Runtime.Answer {
    /// What was made for this client; nil for all else.
    package var made: [UInt8]? {
        guard case .made(let made) = content else { return nil }
        return made.bytes
    }

    /// Whether it is the tree's file.
    package var isFile: Bool {
        guard case .file = content else { return false }
        return true
    }

    /// Whether this client is told that there is no such file, for whatever reason.
    package var isNothing: Bool {
        guard case .nothing = content else { return false }
        return true
    }

    /// Why this client is told "no such file" of something that is there.
    package var hiddenReason: String? {
        guard case .nothing(.hidden(let reason)) = content else { return nil }
        return reason
    }

    /// Of all plugins that were asked.
    package var remarks: [String] { trace.steps.flatMap(\.remarks) }
}
