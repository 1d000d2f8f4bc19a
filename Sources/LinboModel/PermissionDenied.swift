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

    /// Throws if this user may not look into one of these folders. One that is not there is no obstacle.
    package static func check(_ folders: String...) throws(PermissionDenied) {
        for folder in folders where access(folder, R_OK | X_OK) != 0 {
            if let denied = PermissionDenied(folder) { throw denied }
        }
    }

    package static let mend = "run it by sudo"

    package var description: String { "\(path): permission denied: \(Self.mend)" }
}
