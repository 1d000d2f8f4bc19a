import ArgumentParser
import HookConfig
import LinboModel

/// A span of time on the command line.
package struct Span: ExpressibleByArgument, CustomStringConvertible, Sendable {
    /// What it comes to.
    package let duration: Duration
    /// As it was typed; of a default, in hours or seconds.
    package let description: String

    /// - Parameter duration: whole seconds.
    package init(duration: Duration) {
        self.duration = duration
        let seconds = duration.milliseconds / 1000
        description = seconds % 3600 == 0 ? "\(seconds / 3600)h" : "\(seconds)s"
    }

    /// Such as `90s`, `12h`, `2w`; nil for what has no unit.
    package init?(argument: String) {
        guard let duration = Duration(parsing: argument) else { return nil }
        self.duration = duration
        description = argument
    }

    /// For the help of the option.
    package var defaultValueDescription: String { description }
}
