import HookConfig
package import HookHost
import HookStore
package import LinboModel

/// For `linboctl macct`.
extension Macct {
    /// Why a host may not get an image's account, as far as this server's files tell.
    package func objection(to image: ImageName, for host: Host) -> String? {
        eligibility.objection(to: image, for: host)
    }

    /// An admin's capture, in the audit log.
    package func record(_ result: Captures.Result, image: ImageName, host: HostName) {
        let (outcome, note) =
            switch result {
            case .captured(let account): ("captured", "the account of \(account), by linboctl")
            case .none(let reason): ("failed", "no account: \(reason)")
            }
        Ledger(services).add(
            work: .capture, host: host.description, image: image.text, outcome: outcome, note: note, address: nil,
            since: nil)
    }
}
