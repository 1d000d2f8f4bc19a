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
    init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError)

    var claims: [PathPattern] { get }

    /// Answers a request for a claimed path.
    /// - Throws: `Refusal` to refuse it; any other error is logged, and the request goes on to `next` as if this
    ///   plugin were not there, since a client that gets nothing does not boot.
    func resolve(_ request: Request, next: Next) async throws -> Resolution
}

/// `windows-key`: the word in the configuration.
package struct PluginName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The word itself.
    package let description: String

    /// Written by the plugin's author in `HookPlugin.name`.
    package init(stringLiteral name: String) {
        description = name
    }
}

/// A plugin's part of the configuration, still as it stands there; `Settings` reads it.
package struct PluginSection: Sendable {
    /// Below the plugin's name; nil: the configuration has the name alone.
    package let node: ConfigNode?
    /// Where the plugin's name stands, for errors about what is missing.
    package let location: SourceLocation

    /// One item of `plugins:`, as the configuration has it.
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
    /// What goes to the plugin before in the chain, or to the transport.
    package let content: Content
    /// Told in the order of the list.
    package let remarks: [String]
    /// Why the content lacks what it would hold for its host; the audit log tells it as a refusal.
    package let refusal: String?

    /// - Parameter refusal: nil: the host gets all that is for it.
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

    /// - Parameter resolve: asks the plugins behind, and the tree at last.
    package init(_ resolve: @escaping @Sendable (Request) async throws -> Content) {
        self.resolve = resolve
    }

    /// What the others have at the request's path; another path than the plugin was asked for starts its own chain.
    /// - Throws: `Refusal` of a plugin further down.
    package func callAsFunction(_ request: Request) async throws -> Content {
        try await resolve(request)
    }
}
