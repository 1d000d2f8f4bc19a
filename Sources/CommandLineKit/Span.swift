import ArgumentParser
import HookConfig
import LinboModel

/// A span of time on the command line.
package struct Span: ExpressibleByArgument, CustomStringConvertible, Sendable {
    package let duration: Duration
    package let description: String

    /// - Parameter duration: whole seconds.
    package init(duration: Duration) {
        self.duration = duration
        let seconds = duration.milliseconds / 1000
        description = seconds % 3600 == 0 ? "\(seconds / 3600)h" : "\(seconds)s"
    }

    package init?(argument: String) {
        guard let duration = Duration(parsing: argument) else { return nil }
        self.duration = duration
        description = argument
    }

    package var defaultValueDescription: String { description }
}
