package import HookConfig
package import LinboModel

/// What a plugin author writes. Values go in and out; a plugin that exists is configured and valid.
///
/// A plugin claims paths by pattern and is asked for those only. It answers itself, passes on to `next`, or passes on
/// and transforms what comes back. It changes nothing in `resolve` for a `.probe`, and nothing in the tree ever.
///
/// Being a plugin takes `claims` and `resolve`. What else one does is a protocol each, in `PluginRoles.swift`.
package protocol HookPlugin: Sendable {
    /// The name in `plugins:` of the configuration.
    static var name: PluginName { get }

    /// - Throws: `ConfigError` with file, line and fix.
    init(_ section: PluginSection, _ services: Services) throws(ConfigError)

    var claims: [PathPattern] { get }

    /// Answers a request for a claimed path.
    /// - Throws: `Refusal` to refuse it; any other error is logged, and the request goes on to `next` as if this
    ///   plugin were not there, since a client that gets nothing does not boot.
    func resolve(_ request: Request, next: Next) async throws -> Resolution
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
