package import HookConfig
package import LinboModel

/// What a plugin author writes. Values go in and out; a plugin that exists is configured and valid.
///
/// A plugin claims paths by pattern and is asked for those only. It answers itself, passes on to `next`, or passes on
/// and transforms what comes back. It changes nothing in `resolve` for a `.probe`, and nothing in the tree ever.
package protocol HookPlugin: Sendable {
    /// The name in `plugins:` of the configuration.
    static var name: PluginName { get }

    /// - Throws: `ConfigError` with file, line and mend.
    init(_ section: PluginSection, _ services: Services) throws(ConfigError)

    var claims: [PathPattern] { get }

    /// Answers a request for a claimed path.
    /// - Throws: `Refusal` to refuse it; any other error is logged, and the request goes on to `next` as if this
    ///   plugin were not there, since a client that gets nothing does not boot.
    func resolve(_ request: Request, next: Next) async throws -> Resolution

    /// Names that this plugin adds to a folder for this client, which the tree does not hold.
    func names(in folder: TreePath, for client: Client) async throws -> [String]

    /// Told once, after the transfer that `resolve` made content for. What happens only once is consumed here.
    func completed(_ outcome: Outcome) async throws

    /// A client has begun to upload an image; whoever wants to follow it starts doing so, and returns at once.
    func arriving(_ image: ArrivingImage) async

    /// Looks at an image and what came with it before it goes live, and says what shall lie beside it. The plugins are
    /// asked in the order of the configuration; each sees what those before it added.
    /// - Throws: `Refusal` to keep it from going live: it goes into quarantine with the reason, the live one stays.
    ///   `PublishLater`, or anything when the daemon ends meanwhile, to have it tried again. Any other error is logged, and
    ///   the set goes live without what this plugin would have added.
    func publishing(_ set: ArrivedSet) async throws -> [Companion]

    /// Runs while the daemon serves, and is cancelled at its end; `once` and `linboctl` never call it. For work that
    /// nobody waits for: a queue, a subscription to `Services.events`.
    func run() async

    /// Why a server needs this plugin, by what lies there and what clients ask for; nil: it does not. Asked while the
    /// configuration does not enable it: nobody shall lose a service without a word.
    static func need(on server: ServerFacts) -> String?

    /// What is wrong in files of this plugin's own (a key pool, a template); `check` and `status` show it.
    func problems() -> [Problem]
}

extension HookPlugin {
    package func names(in folder: TreePath, for client: Client) async throws -> [String] { [] }
    package func completed(_ outcome: Outcome) async throws {}
    package func arriving(_ image: ArrivingImage) async {}
    package func publishing(_ set: ArrivedSet) async throws -> [Companion] { [] }
    package static func need(on server: ServerFacts) -> String? { nil }
    package func run() async {}
    package func problems() -> [Problem] { [] }
}

/// `windows-key`: the word in the configuration.
package struct PluginName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let description: String

    package init(stringLiteral name: String) {
        description = name
    }
}

/// A plugin's part of the configuration, still as it stands there; `Settings` reads it.
package struct PluginSection: Sendable {
    package let node: ConfigNode?
    package let location: SourceLocation

    package init(node: ConfigNode?, location: SourceLocation) {
        self.node = node
        self.location = location
    }

    /// - Throws: `ConfigError` for a key that is not in `known`.
    package func settings(for plugin: PluginName, known: [String]) throws(ConfigError) -> Settings {
        try Settings(node, name: "plugin \(plugin)", at: location, known: known)
    }
}

/// Content, and remarks that `why` and `explain` show beside it. Remarks never hold a secret.
package struct Resolution: Sendable {
    package let content: Content
    package let remarks: [String]
    /// Why the content lacks what it would hold for its host; the audit log tells it as a refusal.
    package let refusal: String?

    package init(_ content: Content, remarks: [String] = [], refusal: String? = nil) {
        self.content = content
        self.remarks = remarks
        self.refusal = refusal
    }

    /// Nothing for this client, though there is something for its host.
    package static func refused(_ reason: String) -> Resolution {
        Resolution(.nothing(.refused(reason)))
    }
}

/// The rest of the chain, down to the tree.
package struct Next: Sendable {
    let resolve: @Sendable (Request) async throws -> Content

    package init(_ resolve: @escaping @Sendable (Request) async throws -> Content) {
        self.resolve = resolve
    }

    package func callAsFunction(_ request: Request) async throws -> Content {
        try await resolve(request)
    }
}
