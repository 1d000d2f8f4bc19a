package import HookConfig
package import HookHost
package import LinboModel

package struct WindowsKey: HookPlugin {
    package static let name: PluginName = "windows-key"
    package init(_ section: PluginSection, _ services: Services) throws(ConfigError) {}
    package var claims: [PathPattern] { [] }
    package func resolve(_ request: Request, next: Next) async throws -> Resolution { Resolution(try await next(request)) }
}
