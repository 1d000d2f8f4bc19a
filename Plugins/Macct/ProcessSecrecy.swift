import CLinux
import Glibc

/// Keeps the memory of a process that handles hashes from other users and from core files.
enum ProcessSecrecy {
    /// Once for the process. Children inherit the limit of cores.
    static func begin() { _ = done }

    private static let done: Void = {
        clinux_forbid_dumps()
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }()
}
