package import CommandLineKit
import Foundation
import LinboModel

extension Multicast: DropInProvider {
    /// `linbo-multicast`.
    package static var dropIns: [DropIn] { [DropIn(name: "linbo-multicast", run: LinboMulticast.run)] }
}

/// linbo-multicast, as its callers know it: verbs, texts, exit status (docs/drop-ins.md#linbo-multicast).
///
/// They call it after an upload, so that senders have the new image. Here senders see to that themselves, and a restart
/// in the middle of a lesson would break off all rounds: `start` and `restart` only tell what runs.
enum LinboMulticast {
    private static let usage = "Usage: linbo-multicast start|stop|status|restart"

    /// - Returns: the exit status: 0 for each verb, whatever became of it.
    static func run(_ words: [String], _ options: CommonOptions) async throws -> Int32 {
        switch words.first {
        case "start", "restart":
            print("Creating multicast.list.")
            for session in try await options.ask(GetMulticast()) {
                print("Starting tmux multicast session \(name(session)) ... already running. Skipped!")
            }
        case "stop":
            for image in Set(try await options.ask(GetMulticast()).map(\.image)).sorted() {
                _ = try await options.ask(StopMulticast(image: image))
                print("Stopping tmux multicast session \(name(image)) ... done!")
            }
        case "status":
            for session in try await options.ask(GetMulticast()) {
                guard let since = session.since else { continue }
                print("\(name(session)): 1 windows (created \(date(since)))")
            }
        default:
            print(usage)
            return 1
        }
        return 0
    }

    /// As upstream's tmux sessions are called.
    private static func name(_ image: String) -> String {
        "\(image.replacingOccurrences(of: ".", with: "_"))_mcast"
    }

    private static func name(_ session: GetMulticast.Session) -> String { name(session.image) }

    /// As tmux writes it: `Sun Nov 29 03:40:00 2026`.
    private static func date(_ milliseconds: Int64) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "EEE MMM d HH:mm:ss yyyy"
        return formatter.string(from: Date(timeIntervalSince1970: Double(milliseconds / 1000)))
    }
}
