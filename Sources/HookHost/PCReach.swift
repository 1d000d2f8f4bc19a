package import LinboModel

/// The way into PCs that run LINBO, for plugins, which know nothing of ssh.
package protocol PCReach: Sendable {
    /// Files of a PC, as root reads them there.
    /// - Parameters:
    ///   - address: where the PC is; whether it is the host's own is the caller's to know.
    ///   - most: bytes of each.
    ///   - patience: until the PC's ssh takes the connection: one that is silent is not waited for as long as one that
    ///     answers and is slow.
    ///   - limit: for each further step of the connection, and for each file.
    /// - Returns: in the order of the paths; a failure, such as of a file that is not there, says why.
    /// - Throws: if the PC can't be reached; the error is a sentence without its subject, the PC.
    func read(
        _ paths: [String], of host: Host, at address: IPAddress, most: Int, answering patience: Duration,
        within limit: Duration
    ) async throws -> [Result<[UInt8], any Error>]
}

/// Reaches nobody: for tests of plugins that need none.
package struct NoReach: PCReach {
    private struct Unreachable: Error, CustomStringConvertible {
        let description = "PCs are not reached from here"
    }

    /// The only one there is.
    package init() {}

    package func read(
        _ paths: [String], of host: Host, at address: IPAddress, most: Int, answering patience: Duration,
        within limit: Duration
    ) async throws -> [Result<[UInt8], any Error>] { throw Unreachable() }
}
