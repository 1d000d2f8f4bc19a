import HookConfig
import LinboModel

/// Why a PC could not be reached by ssh, or was lost.
package enum SSHError: Error, Sendable, Equatable {
    /// Nothing answers at its address: it is off, or another network is in between.
    case silent(Duration)
    /// It is on, and nobody listens at the port: it runs another system, or LINBO has not come that far.
    case refused
    /// It ended the connection, or speaks no ssh; libssh's words.
    case broken(String)
    /// It shows a key that nobody trusts.
    case unknownHostKey(HostKey)
    /// It does not take our key.
    case keyNotAccepted
    /// What was asked for took longer than it may.
    case late(Duration)
    /// More output than anybody reads; bytes.
    case tooMuchOutput(Int)
    /// Our own key can't be used; why, with the file's name.
    case badKey(String)
    /// The task was cancelled.
    case cancelled
}

extension SSHError: CustomStringConvertible {
    /// A sentence without its subject, which is the PC.
    package var description: String {
        switch self {
        case .silent(let span): "nothing answered within \(span.text): is it off?"
        case .refused: "nobody listens at its ssh port: it does not run LINBO, or LINBO has not come that far"
        case .broken(let words): "the connection broke: \(words)"
        case .unknownHostKey(let key):
            "it shows a key that nobody trusts: \(key.fingerprint) (\(key.type)); if linbofs was built anew: "
                + "`linboctl remote trust \(key.fingerprint)`"
        case .keyNotAccepted: "it does not accept the server's key"
        case .late(let span): "it took longer than \(span.text)"
        case .tooMuchOutput(let bytes): "it wrote more than \(bytes) bytes"
        case .badKey(let words): words
        case .cancelled: "it was cancelled"
        }
    }
}
