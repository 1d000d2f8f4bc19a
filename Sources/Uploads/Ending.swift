import Glibc
package import HookHost
package import LinuxKit

/// Why the daemon ends an upload: told to its `post`, which may run in another process, by a small file.
package struct Ending: Sendable, Hashable {
    package let reason: String
    /// Whether what has come is kept for the next try.
    package let keeps: Bool

    package init(_ reason: String, keeps: Bool = false) {
        self.reason = reason
        self.keeps = keeps
    }
}

extension UploadPaths {
    /// Ends an upload's connection; rsyncd tells the client, and `post` follows.
    /// - Throws: `SystemError`.
    package func end(_ connection: ConnectionID, _ ending: Ending) throws(SystemError) {
        clearEnded()
        try AtomicFile.replace(
            ended(connection), with: Array("\(ending.keeps ? "+" : "-")\(ending.reason)".utf8), mode: 0o600)
        try connection.terminate()
    }

    /// Why a connection was ended; nil if it was not.
    package func ending(of connection: ConnectionID) -> Ending? {
        guard let (bytes, _) = try? FileBytes.read(ended(connection), limit: 4096), let first = bytes.first else {
            return nil
        }
        return Ending(String(decoding: bytes.dropFirst(), as: UTF8.self), keeps: first == UInt8(ascii: "+"))
    }

    package func forgetEnding(of connection: ConnectionID) {
        unlink(ended(connection))
    }

    /// Those whose `post` never came.
    private func clearEnded() {
        for name in FileTree.names(in: endings) {
            let path = "\(endings)/\(name)"
            if let status = FileStatus(at: path), UnixTime.now() - status.modified > 3600 { unlink(path) }
        }
    }

    private func ended(_ connection: ConnectionID) -> String { "\(endings)/\(connection)" }
}
