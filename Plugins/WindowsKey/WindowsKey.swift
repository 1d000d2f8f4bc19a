package import HookConfig
package import HookHost
import HookStore
package import LinboModel

/// Gives each host its product keys, and makes registry and answer files its own on their way out.
package struct WindowsKey: Diagnosed, Advertised {
    package static let name: PluginName = "windows-key"

    let options: Options
    let setup: SetupFile
    let finder: KeyFinder
    let context: PluginContext
    private let hosts: HostDirectory

    /// - Throws: `ConfigError` if a setting below `windows-key:` is wrong, or the key pool can't be read.
    package init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) {
        options = try Options(section, tree: context.tree)
        setup = context.setup
        hosts = context.hosts
        self.context = context
        finder = KeyFinder(
            pool: options.pool, ledger: context.store.map { KeyLedger(database: $0.database) }, logger: context.logger
        )
    }

    package var claims: [PathPattern] { ["**/*.winkey", "**/*.reg", "**/unattend.xml", "**/*.unattend.xml"] }

    /// Hosts have product keys in devices.csv.
    package static func need(on server: ServerFacts) -> String? {
        let count = server.hosts.count { $0.windowsKey != nil || $0.officeKey != nil }
        guard count > 0 else { return nil }
        return "devices.csv has product keys for \(count) hosts, and no PC gets one"
    }

    package func resolve(_ request: Request, next: Next) async throws -> Resolution {
        if request.path.name.hasSuffix(".winkey") { return keyFile(request) }
        // What a client uploads is compared with the file itself.
        guard request.intent != .store else { return Resolution(try await next(request)) }
        return try transformed(request, try await next(request))
    }

    /// Of the key pool; without one there is nothing to be wrong.
    package func problems() -> [Problem] { options.pool?.problems() ?? [] }
}

// MARK: - Key files

extension WindowsKey {
    /// What `winact/<md5>.winkey` holds for the asking host. The client sources it as shell: a `ProductKey` is
    /// letters, digits and '-' only. What lies in the tree under such a name is never looked at.
    private func keyFile(_ request: Request) -> Resolution {
        guard let host = request.client.host else { return Self.hidden("an unknown client gets no keys") }
        guard request.intent != .store else { return Self.hidden("key files are made here, never stored") }
        guard request.manner == .byName else { return Self.hidden("key files are given by their own name only") }
        var ring = ring(for: host, request)
        var text = ""
        if let key = ring.key(.windows) { text += "winkey=\(key.text)\n" }
        if let key = ring.key(.office) { text += "officekey=\(key.text)\n" }
        if let refusal = ring.refusal { return .refused(refusal) }
        guard !text.isEmpty else { return Self.hidden("\(host.name) has no key", ring.remarks) }
        return Resolution(.made(MadeContent(Array(text.utf8))), remarks: ring.remarks)
    }

    /// A key is given to the machine that devices.csv names, not to whoever has its address.
    func ring(for host: Host, _ request: Request) -> KeyRing {
        KeyRing(finder: finder, host: host, intent: request.intent) { [hosts] in
            hosts.doubt(about: request.client)
        }
    }

    private static func hidden(_ reason: String, _ remarks: [String] = []) -> Resolution {
        Resolution(.nothing(.hidden(reason)), remarks: remarks)
    }
}
