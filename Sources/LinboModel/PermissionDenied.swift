import Glibc

/// Whether something is there this user may not know. "Not there" would be a guess.
package struct PermissionDenied: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the failed call was about.
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

    /// The same for all, for those who build a sentence of their own.
    package static let fix = "run it by sudo"

    /// Path, reason and fix, as a command prints it.
    package var description: String { "\(path): permission denied: \(Self.fix)" }
}
