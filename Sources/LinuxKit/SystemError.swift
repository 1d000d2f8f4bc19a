import Glibc

/// A system call that failed: what was tried, on which path, and what the kernel said.
package struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried, mostly the call's name: `open`, `rename to`.
    package let call: String
    /// What it was tried on; not always a file's path: `run` names a program.
    package let path: String
    /// `errno`, as errno(3) numbers it.
    package let code: Int32

    /// - Parameter code: `errno` of the call that just failed.
    package init(_ call: String, _ path: String, code: Int32 = errno) {
        self.call = call
        self.path = path
        self.code = code
    }

    /// `open /srv/linbo/x: No such file or directory`.
    package var description: String { "\(call) \(path): \(String(cString: strerror(code)))" }
}
