/// rsync's exit statuses, as `post-xfer exec` sees them on a server (rsync(1), contract §8).
enum RsyncExit {
    /// Some files were sent and others not.
    static let partial = 23

    static func description(_ code: Int) -> String {
        let meaning =
            switch code {
            case -1: "the serving process died"
            case 1: "not allowed in this module"
            case 3: "a bad directory"
            case 4: "refused"
            case 10, 12: "the client went away"
            case 20: "interrupted"
            case partial: "a file was not there, or not sent"
            case 30, 35: "timed out"
            default: "rsync's error"
            }
        return "\(meaning) (\(code))"
    }
}
