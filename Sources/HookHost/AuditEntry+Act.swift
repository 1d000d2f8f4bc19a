package import API
package import HookStore
import LinboModel
import LinuxKit

extension AuditEntry {
    /// A row for what somebody had done by the API.
    /// - Parameters:
    ///   - what: the command, such as `onboot add`.
    ///   - host: whom it is about; nil: no single host.
    ///   - subject: what it is about: a path, an image, a number.
    package init(
        _ what: String, by actor: Actor, host: String? = nil, subject: String = "-", detail: String? = nil
    ) {
        self.init(
            at: UnixTime.nowMilliseconds(), transport: "api", connection: "-", address: "-", host: host, path: subject,
            intent: "command", decision: .other(what), outcome: .other("done"),
            reason: "by \(actor)" + (detail.map { ": \($0)" } ?? ""))
    }
}
