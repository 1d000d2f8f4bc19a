import Foundation
package import HookWire
import LinuxKit

/// Questions to a running daemon, over its socket.
package enum DaemonCall {
    /// - Parameter milliseconds: signs of life do not prolong it.
    /// - Returns: nil if there is no answer, or the daemon can't do it.
    package static func ask(_ frame: HookFrame, on socket: borrowing HookSocket, milliseconds: Int) -> [UInt8]? {
        guard let (verdict, text) = reply(to: frame, on: socket, milliseconds: milliseconds) else { return nil }
        return verdict == .proceed ? text : nil
    }

    /// - Returns: nil if there is no answer.
    package static func reply(
        to frame: HookFrame, on socket: borrowing HookSocket, milliseconds: Int
    ) -> (verdict: HookReply.Verdict, text: [UInt8])? {
        let deadline = Deadline(inMilliseconds: milliseconds)
        guard let bytes = try? frame.encoded(), socket.write(bytes, before: deadline) else { return nil }
        while let header = socket.read(HookReply.headerLength, before: deadline),
            let (verdict, length) = HookReply.header(header[...]), let text = socket.read(length, before: deadline)
        {
            if verdict != .hold { return (verdict, text) }
        }
        return nil
    }

    /// What a running daemon knows of its state; nil if none answers, or this user may not ask.
    static func status(_ config: Config) -> StatusReport? {
        guard let socket = HookSocket(connectingTo: config.socket),
            // It tries for a second to write what waits before it answers.
            let bytes = ask(HookFrame(call: .status), on: socket, milliseconds: 3000)
        else { return nil }
        return try? JSONDecoder().decode(StatusReport.self, from: Data(bytes))
    }
}
