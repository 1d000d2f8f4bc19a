import Foundation
import HookConfig
import HookHost
import HookWire
import LinboHookd
import LinboModel

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

    /// - Parameter meanwhile: what is so without a daemon.
    /// - Throws: `Failure` if nobody answers there; `PermissionDenied`.
    static func connect(_ config: Config, meanwhile: String? = nil) throws -> HookSocket {
        if let socket = HookSocket(connectingTo: config.socket) { return socket }
        let reason = String(cString: strerror(errno))
        throw PermissionDenied(config.socket)
            ?? Failure(
                "no daemon answers on \(config.socket) (\(reason))" + (meanwhile.map { ": \($0)" } ?? "")
                    + ". Start it: systemctl start linbo-hookd")
    }

    /// The answer to a call that the daemon answers at once.
    /// - Throws: `Failure`, `PermissionDenied`.
    static func answer(
        _ frame: HookFrame, _ config: Config, meanwhile: String? = nil, milliseconds: Int? = nil
    ) throws -> Data {
        let socket = try connect(config, meanwhile: meanwhile)
        let patience = milliseconds ?? Int(clamping: config.hook.wait.milliseconds)
        let reply = DaemonCall.reply(to: frame, on: socket, milliseconds: patience)
        if let (verdict, text) = reply, verdict == .refuse {
            throw Failure(
                "the daemon on \(config.socket): "
                    + printable(String(decoding: text, as: UTF8.self), most: sentenceLimit))
        }
        guard let reply, reply.verdict == .proceed else {
            throw Failure(
                "the daemon on \(config.socket) does not answer: it is stuck, of another version, or another user's")
        }
        return Data(reply.text)
    }

    static func status(_ config: Config) throws -> StatusReport {
        let bytes = try answer(
            HookFrame(call: .status), config, meanwhile: "clients are served by `linbo-hookd once`")
        return try JSONDecoder().decode(StatusReport.self, from: bytes)
    }

    /// - Parameter milliseconds: signs of life do not prolong it.
    /// - Returns: nil if there is no answer, or the daemon can't do it.
    static func ask(_ call: HookCall, on socket: borrowing HookSocket, milliseconds: Int) -> [UInt8]? {
        ask(HookFrame(call: call), on: socket, milliseconds: milliseconds)
    }

    static func ask(_ frame: HookFrame, on socket: borrowing HookSocket, milliseconds: Int) -> [UInt8]? {
        DaemonCall.ask(frame, on: socket, milliseconds: milliseconds)
    }
}
