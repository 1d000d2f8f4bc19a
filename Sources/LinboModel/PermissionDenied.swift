import Glibc

/// Whether something is there this user may not know. "Not there" would be a guess.
package struct PermissionDenied: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: String

    /// - Parameter code: `errno` of the call that just failed on `path`.
    /// - Returns: nil if it failed for another reason.
    package init?(_ path: String, code: Int32 = errno) {
        guard code == EACCES || code == EPERM else { return nil }
        self.path = path
    }

    /// Throws if this user may not look into one of these directories. One that is not there is no obstacle.
    package static func check(_ directories: String...) throws(PermissionDenied) {
        for directory in directories where access(directory, R_OK | X_OK) != 0 {
            if let denied = PermissionDenied(directory) { throw denied }
        }
    }

    package static let fix = "run it by sudo"

    package var description: String { "\(path): permission denied: \(Self.fix)" }
}
