/// What a hook, or `linboctl`, asks of the daemon.
package enum HookCall: UInt8, Sendable, CaseIterable {
    case early = 1
    case pre = 2
    case post = 3
    /// From `linboctl`: the answer is JSON.
    case status = 4
    /// From `linboctl`, before it reads the database: what waits to be written is written.
    case flush = 5
    /// From `linboctl`: the TFTP server's transfers and clients, as JSON.
    case tftp = 6
    /// From `linboctl`, with the number of the last event that it has seen: those after it, as JSON, as soon as there is
    /// one; an empty list after a while without any.
    case events = 7
    /// From `linboctl`: something that it did itself and that others act on; kind, subject and detail.
    case tell = 8
    /// From `linboctl`: the configuration is read anew; what was done, or what is wrong in it.
    case reload = 9

    /// The word on the command line; rsyncd runs the first three.
    package init?(word: String) {
        for call in [HookCall.early, .pre, .post] where call.word.utf8.elementsEqual(word.utf8) {
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
        case .status: "status"
        case .flush: "flush"
        case .tftp: "tftp"
        case .events: "events"
        case .tell: "tell"
        case .reload: "reload"
        }
    }
}
