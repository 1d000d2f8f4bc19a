import Foundation
package import HookHost
package import HookWire

/// What `linboctl` asks of events, and what it tells.
package enum EventCalls {
    /// Longer than an admin would look at a silent line, shorter than anybody's patience with a lost daemon.
    private static let patience = Duration.seconds(20)

    static func answer(_ frame: HookFrame, _ bus: EventBus) async -> HookReply {
        let fields = frame.fields.map { String(decoding: $0, as: UTF8.self) }
        switch frame.call {
        case .events:
            guard let seen = fields.first.flatMap({ Int($0) }) else { return HookReply(.refuse, "no number") }
            let events = await bus.next(after: seen, within: patience)
            guard let json = try? JSONEncoder().encode(events) else { return HookReply(.unable) }
            return HookReply(.proceed, text: Array(json))
        default:
            guard fields.count == 3, let kind = Event.Kind(rawValue: fields[0]) else {
                return HookReply(.refuse, "no event")
            }
            bus.publish(kind, fields[1], by: "linboctl", detail: fields[2])
            return HookReply(.proceed)
        }
    }

    /// The call that tells the daemon's subscribers what was done without it.
    package static func tell(_ kind: Event.Kind, _ subject: String, detail: String) -> HookFrame {
        HookFrame(call: .tell, fields: [kind.rawValue, subject, detail].map { Array($0.utf8) })
    }

    package static func events(after number: Int) -> HookFrame {
        HookFrame(call: .events, fields: [Array(String(number).utf8)])
    }
}
