import SSH

/// The connection to a PC, made when it is needed, and made anew when it is lost.
@SSHLoop
final class PCLine {
    private var open: SSHSession?
    private let connect: @Sendable () async throws(SSHError) -> SSHSession

    nonisolated init(_ connect: @escaping @Sendable () async throws(SSHError) -> SSHSession) {
        self.connect = connect
    }

    func session() async throws(SSHError) -> SSHSession {
        if let open { return open }
        let made = try await connect()
        open = made
        return made
    }

    /// It is not used again.
    func drop() { open = nil }

    /// Runs a command to its end; a connection on which that does not work is dropped.
    func result(
        of text: String, within limit: Duration
    ) async throws(SSHError) -> (output: String, status: Int?) {
        do throws(SSHError) {
            return try await session().result(of: text, within: limit)
        } catch {
            drop()
            throw error
        }
    }

    func write(_ bytes: [UInt8], to path: String, within limit: Duration) async throws(SSHError) {
        try await session().write(bytes, to: path, within: limit)
    }

    /// Runs a command, and gives its output away as it comes.
    /// - Returns: its status; nil: the PC told none.
    func follow(
        _ text: String, within limit: Duration, outputLimit: Int, output: @Sendable (ArraySlice<UInt8>) -> Void
    ) async throws(SSHError) -> Int? {
        let command = try await session().start(text, within: limit)
        return try await command.end(within: limit, outputLimit: outputLimit, output: output)
    }
}
