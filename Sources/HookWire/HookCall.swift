/// What a hook asks of the daemon.
package enum HookCall: UInt8, Sendable, CaseIterable {
    case early = 1
    case pre = 2
    case post = 3

    /// The word on the command line.
    package init?(word: String) {
        for call in HookCall.allCases where call.word.utf8.elementsEqual(word.utf8) {
            self = call
            return
        }
        return nil
    }

    package var word: String {
        switch self {
        case .early: "early"
        case .pre: "pre"
        case .post: "post"
        }
    }
}
