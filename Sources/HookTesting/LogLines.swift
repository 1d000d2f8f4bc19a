package import Logging
import Synchronization

/// Keeps what is logged.
package final class LogLines: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])

    package init() {}

    /// From `info` on.
    package var all: [String] { lines.withLock { $0 } }

    package var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    package var logLevel: Logger.Level {
        get { .info }
        set {}
    }

    package subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    package func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.message)") }
    }
}
