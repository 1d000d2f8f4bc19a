import Glibc

/// A system call that failed: what was tried, on which path, and what the kernel said.
package struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    package let call: String
    package let path: String
    package let code: Int32

    /// - Parameter code: `errno` of the call that just failed.
    package init(_ call: String, _ path: String, code: Int32 = errno) {
        self.call = call
        self.path = path
        self.code = code
    }

    package var description: String { "\(call) \(path): \(String(cString: strerror(code)))" }
}
