import LinboModel
import Logging

/// A log whose lines are lines: what a client or a file chose can neither begin a new one, nor move the cursor of
/// whoever reads it, nor fill the disk at once. All that is logged comes this way, whoever wrote it.
struct PlainLines: LogHandler {
    /// A problem with path, place, cause and fix.
    private static let limit = 4000

    private var below: any LogHandler

    init(_ below: any LogHandler) {
        self.below = below
    }

    var metadata: Logger.Metadata {
        get { below.metadata }
        set { below.metadata = newValue }
    }

    var logLevel: Logger.Level {
        get { below.logLevel }
        set { below.logLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { below[metadataKey: key] }
        set { below[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        var event = event
        event.message = "\(printable(event.message.description, most: Self.limit))"
        below.log(event: event)
    }
}
