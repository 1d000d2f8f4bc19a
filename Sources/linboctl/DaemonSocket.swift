import HookHost
import HookWire
import LinboHookd

/// Questions to a running daemon.
enum DaemonSocket {
    /// The audit log is written in batches: this has the daemon write what waits, so that nobody is shown an old state.
    /// A daemon that is stuck is no obstacle to looking.
    static func flush(_ config: Config) {
        guard let socket = HookSocket(connectingTo: config.socket) else { return }
        _ = ask(.flush, on: socket, milliseconds: 1000)
    }

    /// What was done without the daemon, for those in it who act on that. Without a daemon there is nobody to tell.
    static func tell(_ kind: Event.Kind, _ subject: String, detail: String, _ config: Config) {
        guard let socket = HookSocket(connectingTo: config.socket) else { return }
        _ = ask(EventCalls.tell(kind, subject, detail: detail), on: socket, milliseconds: 1000)
    }

    /// - Parameter milliseconds: signs of life do not prolong it.
    /// - Returns: nil if there is no answer, or the daemon can't do it.
    static func ask(_ call: HookCall, on socket: borrowing HookSocket, milliseconds: Int) -> [UInt8]? {
        ask(HookFrame(call: call), on: socket, milliseconds: milliseconds)
    }

    static func ask(_ frame: HookFrame, on socket: borrowing HookSocket, milliseconds: Int) -> [UInt8]? {
        let deadline = Deadline(inMilliseconds: milliseconds)
        guard let bytes = try? frame.encoded(), socket.write(bytes, before: deadline) else { return nil }
        while let header = socket.read(HookReply.headerLength, before: deadline),
            let (verdict, length) = HookReply.header(header[...]), let text = socket.read(length, before: deadline)
        {
            if verdict != .hold { return verdict == .proceed ? text : nil }
        }
        return nil
    }
}
