import HookHost
import LinboModel
import LinuxKit
import Synchronization
import Uploads

/// Uploads that the daemon has ended since its start, for `linboctl status`.
package final class EndedUploads: Sendable {
    private let state = Mutex<(count: Int, last: String)>((0, ""))

    package init() {}

    func add(_ upload: RunningUpload, _ ending: Ending) {
        let time = localTime(Int(UnixTime.now()))
        state.withLock { state in
            state.count += 1
            state.last = "\(upload.name.path) of \(upload.label) at \(time): \(ending.reason)"
        }
    }

    /// None if none was ended.
    package var sentences: [String] {
        let (count, last) = state.withLock { ($0.count, $0.last) }
        return count == 0 ? [] : ["\(count) ended since the start, the last one \(last)"]
    }
}
