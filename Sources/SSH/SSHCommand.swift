import CLibSSH
import Glibc
import HookConfig
import LinboModel
import LinuxKit

/// What has come from a command, and nobody has taken yet. libssh calls it on the loop's thread.
private final class Received {
    var bytes: [UInt8] = []
    var status: Int?
}

/// A command that runs on a PC.
@SSHLoop
package final class SSHCommand {
    private let session: SSHSession
    private let channel: ssh_channel
    private let received: Received
    private let callbacks: ssh_channel_callbacks

    private init(_ session: SSHSession, _ channel: ssh_channel) throws(SSHError) {
        let received = Received()
        let callbacks = linbo_ssh_listen(channel, Unmanaged.passUnretained(received).toOpaque()) {
            _, _, bytes, count, _, receiver in
            guard let receiver, let bytes else { return 0 }
            Unmanaged<Received>.fromOpaque(receiver).takeUnretainedValue()
                .bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            return Int32(clamping: count)
        } _: { _, _, status, receiver in
            guard let receiver else { return }
            Unmanaged<Received>.fromOpaque(receiver).takeUnretainedValue().status = Int(status)
        }
        guard let callbacks else {
            ssh_channel_free(channel)
            throw .broken("no memory")
        }
        (self.session, self.channel, self.received, self.callbacks) = (session, channel, received, callbacks)
    }

    isolated deinit {
        // libssh keeps a channel until the PC has closed it, too.
        ssh_remove_channel_callbacks(channel, callbacks)
        ssh_channel_free(channel)
        free(callbacks)
    }

    /// - Parameter text: for the PC's shell; what comes from outside goes through `ShellWord.quoted`.
    static func start(_ text: String, on session: SSHSession, within limit: SSHLimit) async throws(SSHError)
        -> SSHCommand
    {
        guard let channel = ssh_channel_new(session.session) else { throw session.failure }
        let command = try SSHCommand(session, channel)
        try await session.until(limit) { ssh_channel_open_session(channel) }
        try await session.until(limit) { ssh_channel_request_exec(channel, text) }
        return command
    }

    /// Gives it its standard input, whole.
    func write(_ bytes: [UInt8], within limit: SSHLimit) async throws(SSHError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { ssh_channel_write(channel, $0.baseAddress, UInt32(clamping: $0.count)) }
            guard count >= 0 else { throw session.failure }
            rest = rest.dropFirst(Int(count))
            if count == 0 { try await session.wait(within: limit) }
        }
        try await session.until(limit) { ssh_channel_send_eof(channel) }
    }

    /// Reads what it writes, to its end.
    /// - Parameters:
    ///   - outputLimit: bytes; one that writes more is not waited for.
    ///   - output: gets each piece, of standard output and standard error as they come.
    /// - Returns: its exit status; nil: the PC told none, as of one that was killed.
    package func end(
        within limit: Duration, outputLimit: Int, output: (ArraySlice<UInt8>) -> Void
    ) async throws(SSHError) -> Int? {
        try await end(within: SSHLimit(limit), outputLimit: outputLimit, output: output)
    }

    /// The same, as the last of several steps.
    func end(
        within limit: SSHLimit, outputLimit: Int, output: (ArraySlice<UInt8>) -> Void
    ) async throws(SSHError) -> Int? {
        var total = 0
        while true {
            let isOver = try receive()
            total += received.bytes.count
            guard total <= outputLimit else { throw .tooMuchOutput(outputLimit) }
            guard received.bytes.isEmpty else {
                output(received.bytes[...])
                received.bytes.removeAll(keepingCapacity: true)
                guard MonotonicClock.now() < limit.moment else { throw .late(limit.span) }
                if Task.isCancelled { throw .cancelled }
                // Other PCs have their turn.
                await Task.yield()
                continue
            }
            if isOver { return received.status }
            try await session.wait(within: limit)
        }
    }

    /// Takes in what lies at the socket.
    /// - Returns: whether nothing more can come.
    private func receive() throws(SSHError) -> Bool {
        // Both look at the socket, the one until the output ends, the other until the status is there.
        let count = ssh_channel_poll(channel, 0)
        _ = ssh_channel_get_exit_status(channel)
        if received.status != nil, ssh_channel_is_eof(channel) != 0 { return true }
        guard count != SSH_ERROR, session.isConnected else { throw session.failure }
        return ssh_channel_is_closed(channel) != 0
    }
}

extension SSHSession {
    /// Begins a command; `SSHCommand.end` has what comes of it.
    /// - Parameters:
    ///   - text: for the PC's shell; what comes from outside goes through `ShellWord.quoted`.
    ///   - limit: until the PC has begun it.
    package func start(_ text: String, within limit: Duration) async throws(SSHError) -> SSHCommand {
        try await SSHCommand.start(text, on: self, within: SSHLimit(limit))
    }

    /// Runs a command to its end.
    /// - Parameters:
    ///   - text: for the PC's shell; what comes from outside goes through `ShellWord.quoted`.
    ///   - limit: until it has begun, and again until it has ended.
    ///   - most: bytes of output.
    /// - Returns: what it wrote, and its status; nil: the PC told none.
    package func result(
        of text: String, within limit: Duration, most: Int = 4096
    ) async throws(SSHError) -> (output: String, status: Int?) {
        let command = try await start(text, within: limit)
        var bytes: [UInt8] = []
        let status = try await command.end(within: limit, outputLimit: most) { bytes += $0 }
        return (String(decoding: bytes, as: UTF8.self), status)
    }

    /// Writes a file on the PC, which root alone may read from its first byte on.
    /// - Parameter limit: until all of it is there.
    /// - Throws: `SSHError.broken` with the PC's words if it can't.
    package func write(_ bytes: [UInt8], to path: String, within limit: Duration) async throws(SSHError) {
        let name = ShellWord.quoted(path)
        let limit = SSHLimit(limit)
        let command = try await SSHCommand.start(
            "umask 077 && rm -f \(name) && cat > \(name)", on: self, within: limit)
        try await command.write(bytes, within: limit)
        _ = try await command.succeeds(within: limit, outputLimit: 4096)
    }

    /// A file of the PC's.
    /// - Parameter limit: until all of it is here.
    /// - Throws: `SSHError.tooMuchOutput` for more than `most` bytes; `SSHError.broken` with the PC's words if it can't
    ///   be read.
    package func read(_ path: String, most: Int, within limit: Duration) async throws(SSHError) -> [UInt8] {
        let limit = SSHLimit(limit)
        let command = try await SSHCommand.start("cat \(ShellWord.quoted(path))", on: self, within: limit)
        return try await command.succeeds(within: limit, outputLimit: most)
    }
}

extension SSHCommand {
    /// - Returns: what it wrote.
    fileprivate func succeeds(within limit: SSHLimit, outputLimit: Int) async throws(SSHError) -> [UInt8] {
        var bytes: [UInt8] = []
        let status = try await end(within: limit, outputLimit: outputLimit) { bytes += $0 }
        guard status == 0 else {
            let words = printable(String(decoding: bytes.prefix(300), as: UTF8.self), most: 300)
            throw .broken("exit status \(status.map { "\($0)" } ?? "unknown"): \(words)")
        }
        return bytes
    }
}
