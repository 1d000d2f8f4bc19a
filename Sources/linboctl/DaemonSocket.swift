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

    /// - Parameter milliseconds: signs of life do not prolong it.
    /// - Returns: nil if there is no answer, or the daemon can't do it.
    static func ask(_ call: HookCall, on socket: borrowing HookSocket, milliseconds: Int) -> [UInt8]? {
        let deadline = Deadline(inMilliseconds: milliseconds)
        guard let frame = try? HookFrame(call: call).encoded(), socket.write(frame, before: deadline) else {
            return nil
        }
        while let header = socket.read(HookReply.headerLength, before: deadline),
            let (verdict, length) = HookReply.header(header[...]), let text = socket.read(length, before: deadline)
        {
            if verdict != .hold { return verdict == .proceed ? text : nil }
        }
        return nil
    }
}
