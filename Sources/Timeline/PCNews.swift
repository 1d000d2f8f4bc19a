import HookHost
import HookStore
import LinboModel
import LinuxKit
import Synchronization

/// Tells changes of PCs as events, each once: what was told last stands in the event log, so a restart repeats nothing
/// and leaves out nothing.
final class PCNews: Sendable {
    /// What was told of one PC.
    private struct Told {
        /// Of `pc.state`: phase and step.
        var state: String?
        /// Of `boot.stuck`: when that boot began.
        var stuck: String?
        /// Of `pc.progress`: which transfer, and its tenths.
        var progress: String?
    }

    private static let day: Int64 = 86_400_000

    private let events: EventBus
    private let kept: EventLog?
    private let told = Mutex<[String: Told]?>(nil)

    init(_ events: EventBus, kept: EventLog?) {
        self.events = events
        self.kept = kept
    }

    /// Called by one thread at a time: reads the event log, the first time.
    func tell(_ state: PCState, _ boot: Boot?, of host: Host) {
        let name = host.name.description
        if told.withLock({ $0 == nil }) {
            let remembered = remembered()
            told.withLock { $0 = remembered }
        }
        var last = told.withLock { $0?[name] } ?? Told()
        tellPhase(state, host, &last)
        tellProgress(state, host, &last)
        tellHang(state, boot, host, &last)
        told.withLock { [last] in $0?[name] = last }
    }

    private func tellPhase(_ state: PCState, _ host: Host, _ last: inout Told) {
        guard state.phase != .unknown else { return }
        let step = state.step?.rawValue ?? ""
        let now = Self.mark(state.phase.rawValue, step)
        guard last.state != now else { return }
        last.state = now
        var data = ["phase": state.phase.rawValue, "step": step, "since": "\(state.since ?? 0)"]
        data["source"] = state.source?.rawValue
        data["image"] = state.transfer?.image
        publish(.pcState, host, data)
    }

    /// In tenths, as every one of them is kept.
    private func tellProgress(_ state: PCState, _ host: Host, _ last: inout Told) {
        guard state.phase == .syncing, let transfer = state.transfer, let image = transfer.image,
            let sent = transfer.sent, let bytes = transfer.bytes, let share = transfer.share
        else { return }
        let tenth = Int(share * 10)
        let now = Self.mark(image, "\(transfer.began)", "\(tenth)")
        guard last.progress != now else { return }
        last.progress = now
        var data = ["image": image, "sent": "\(sent)", "bytes": "\(bytes)"]
        data["rate"] = transfer.rate.map { "\($0)" }
        data["left"] = transfer.secondsLeft.map { "\($0)" }
        publish(.pcProgress, host, data)
    }

    private func tellHang(_ state: PCState, _ boot: Boot?, _ host: Host, _ last: inout Told) {
        guard let cause = state.stuck else { return }
        let began = "\(boot?.began ?? state.transfer?.began ?? 0)"
        guard last.stuck != began else { return }
        last.stuck = began
        publish(
            .bootStuck, host, ["began": began, "phase": state.phase.rawValue, "detail": cause])
    }

    private func publish(_ kind: Event.Kind, _ host: Host, _ data: [String: String]) {
        events.publish(
            kind, host.name.description, school: host.school.description,
            data: data.merging(["room": host.room, "group": host.group.description]) { own, _ in own })
    }

    /// A database that can't be read makes events come twice, not be missing.
    private func remembered() -> [String: Told] {
        let since = UnixTime.nowMilliseconds() - Self.day
        var told: [String: Told] = [:]
        for event in (try? kept?.last(.pcState, since: since)) ?? [] {
            told[event.subject, default: Told()].state = Self.mark(event.data["phase"] ?? "", event.data["step"] ?? "")
        }
        for event in (try? kept?.last(.bootStuck, since: since)) ?? [] {
            told[event.subject, default: Told()].stuck = event.data["began"]
        }
        return told
    }

    private static func mark(_ words: String...) -> String { words.joined(separator: " ") }
}
