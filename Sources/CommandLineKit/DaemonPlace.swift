import APIClient
import HookConfig
import LinboModel

/// Where the daemon of a configuration's file answers.
struct DaemonPlace {
    let socket: String
    /// What an admin should know beside the answer.
    let remark: String?

    /// Where to ask, in this order: where the daemon said that it works, then where the file says.
    /// - Throws: `ConfigError` if the file can't be read, and nothing was kept of it.
    static func all(for file: String) throws(ConfigError) -> [DaemonPlace] {
        let kept = LastGood(of: file)
        func ofDaemon(_ kept: LastGood) -> DaemonPlace? {
            guard let socket = try? ApiSocket.path(in: kept.text, file: file) else { return nil }
            let time = localTime(Int(kept.at / 1000))
            return DaemonPlace(
                socket: socket,
                remark: "\(file) is not what the daemon works with since \(time) (`linboctl reload`); this is by the "
                    + "daemon's")
        }
        do throws(ConfigError) {
            let text = try ConfigFile.text(of: file)
            let own = DaemonPlace(socket: try ApiSocket.path(in: text, file: file), remark: nil)
            guard let kept, kept.text != text, let other = ofDaemon(kept) else { return [own] }
            return own.socket == other.socket ? [other] : [other, own]
        } catch {
            guard let other = kept.flatMap({ ofDaemon($0) }) else { throw error }
            return [other]
        }
    }
}
