/// What a hook asks of the daemon.
package enum HookCall: UInt8, Sendable, CaseIterable {
    /// Before rsyncd enters the module's directory: `early exec`.
    case early = 1
    /// Before the transfer: `pre-xfer exec`.
    case pre = 2
    /// After the transfer: `post-xfer exec`.
    case post = 3

    /// The word on the command line.
    package init?(word: String) {
        for call in HookCall.allCases where call.word.utf8.elementsEqual(word.utf8) {
            self = call
            return
        }
        return nil
    }

    /// As `linbo-hook` takes it on its command line.
    package var word: String {
        switch self {
        case .early: "early"
        case .pre: "pre"
        case .post: "post"
        }
    }
}
