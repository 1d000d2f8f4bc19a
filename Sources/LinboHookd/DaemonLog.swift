package import Logging

/// The daemon's log, on standard error.
package enum DaemonLog {
    package static func logger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "linbo-hookd") {
            LimitedLog(PlainLines(StreamLogHandler.standardError(label: $0)))
        }
        logger.logLevel = level
        return logger
    }

    package static let silent = Logger(label: "linbo-hookd") { _ in SwiftLogNoOpLogHandler() }
}
