package import Logging

/// The daemon's log, on standard error.
package enum DaemonLog {
    /// With lines on which control characters are escaped, and what one client brings about bounded.
    package static func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "linbo-hookd") {
            LimitedLog(PlainLines(StreamLogHandler.standardError(label: $0)))
        }
        logger.logLevel = level
        return logger
    }

    /// For commands that have an answer of their own to print.
    package static let silent = Logger(label: "linbo-hookd") { _ in SwiftLogNoOpLogHandler() }
}
