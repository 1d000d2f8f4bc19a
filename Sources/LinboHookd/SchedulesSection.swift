import HookConfig
import LinboModel
package import Schedule

/// `schedules:` by which clock and calendar things are done later.
package struct SchedulesSection: Sendable {
    /// An iCalendar file; nil: every day is a school day.
    package let holidays: String?
    private let ownZone: Zone?

    /// The machine's, if none is set.
    package var zone: Zone { ownZone ?? .system }

    init(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        let settings = try Settings(node, name: "schedules", at: location, known: ["holidays", "time-zone"])
        holidays = try settings.path("holidays")
        guard let name = try settings.text("time-zone") else {
            ownZone = nil
            return
        }
        guard let zone = Zone(name) else {
            throw ConfigError(
                "time-zone \(quoted(name)) is none",
                fix: "write one such as Europe/Berlin; `timedatectl list-timezones`",
                at: settings.node("time-zone")?.location ?? location)
        }
        ownZone = zone
    }
}
