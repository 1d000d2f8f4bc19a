import HookConfig
import LinboModel
import Registration

extension RegistrationSettings {
    /// `registration:` hosts that enter themselves.
    init(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        self.init()
        let settings = try Settings(
            node, name: "registration", at: location,
            known: ["roles", "per-hour", "per-hour-per-address", "pending", "new-groups"])
        if let items = try settings.list("roles") {
            roles = []
            for item in items { roles.append(try Self.role(item)) }
        }
        perHour = try settings.integer("per-hour", in: 0...100_000) ?? perHour
        perHourPerAddress = try settings.integer("per-hour-per-address", in: 0...100_000) ?? perHourPerAddress
        makesGroups = try settings.bool("new-groups") ?? makesGroups
        pending = try settings.integer("pending", in: 0...100_000) ?? pending
    }

    private static func role(_ item: ConfigNode) throws(ConfigError) -> String {
        let role = try item.asText("roles")
        guard !serverRoles.contains(role) else {
            throw ConfigError(
                "'\(role)' is no role of a PC", fix: "enter such hosts in devices.csv yourself", at: item.location)
        }
        return role
    }
}
