/// `registration:` of the configuration.
package struct RegistrationSettings: Sendable, Hashable {
    /// Column 8. What registers itself is a PC; servers and domain controllers are the admin's to enter.
    package var roles: [String] = [
        "classroom-studentcomputer", "classroom-teachercomputer", "faculty-teachercomputer", "staffcomputer",
        "thinclient",
    ]
    /// Hosts that may be registered within an hour, by all clients together.
    package var perHour = 200
    /// Hosts that one address may register within an hour.
    package var perHourPerAddress = 40
    /// Hosts that registered themselves and that no admin has taken in.
    package var pending = 500
    /// Whether a group that nobody knows yet gets its start.conf, as upstream's import makes it.
    package var makesGroups = false

    /// What a configuration without this section has.
    package init() {}

    /// What sophomorix takes for machines that serve others.
    package static let serverRoles: Set<String> = [
        "server", "addc", "router", "switch", "wlan", "printer", "voip", "iponly",
    ]
}
