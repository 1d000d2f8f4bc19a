import CLibC

/// `early` without the daemon: the record of this connection, and the client's directory, which rsyncd enters right
/// after.
enum EarlyView {
    /// How long a lock may be held that is normally held for microseconds.
    static let patience = 500

    enum Result {
        case made
        case refused(String)
        /// The daemon (or `once`) has to do it: the directories above are not there yet, or something is wrong that it
        /// can put into words.
        case notMade
    }

    static func make() -> Result {
        guard let path = Environment.text("RSYNC_MODULE_PATH"), let address = Environment.text("RSYNC_HOST_ADDR"),
            let process = Environment.text("RSYNC_PID").flatMap({ Int32($0) }),
            let paths = ViewPaths(modulePath: path, address: address),
            let ticks = ProcessStart.ticks(of: process)
        else { return .notMade }
        umask(0)
        switch Admission.admit("\(process)@\(ticks)", address: address, paths: paths, patience: patience) {
        case 0: return .made
        case Admission.tooMany: return .refused("linbo-hookd: " + Admission.tooManyText(address))
        default: return .notMade
        }
    }
}
