import Glibc
import LinboModel
import LinuxKit
import Synchronization

/// The directory that upstream's programs read. On their servers it belongs to nobody, and so does whatever lies there:
/// no link in it is followed.
struct PublishedLogs: Sendable {
    /// Such as `/srv/linbo/log`.
    let directory: String

    /// Readable by the admins' group, too, as upstream's web interface may be no root.
    private static let mode: mode_t = 0o640

    func path(_ file: SentFile, of host: HostName) -> String { "\(directory)/\(host.lowercased)_\(file.rawValue)" }

    func append(_ bytes: [UInt8], _ file: SentFile, of host: HostName) throws(SystemError) {
        try AppendedFile.append(bytes, to: path(file, of: host), mode: Self.mode)
    }

    /// A link that lies there is what is replaced.
    func replace(_ file: SentFile, of host: HostName, with bytes: [UInt8]) throws(SystemError) {
        try AtomicFile.replace(path(file, of: host), with: bytes, mode: Self.mode)
    }

    func read(_ file: SentFile, of host: HostName, limit: Int) -> [UInt8]? {
        try? FileBytes.read(path(file, of: host), limit: limit).bytes
    }

    /// Removes a host's files, but for those that somebody else has written since.
    func remove(_ host: HostName, before seconds: Int64) {
        for file in SentFile.allCases {
            let path = path(file, of: host)
            if let status = FileStatus(at: path), status.modified < seconds { unlink(path) }
        }
    }
}

/// What could not be written lately, by file, until it can.
final class WriteFaults: Sendable {
    private let sentences = Mutex<[String: String]>([:])
    private static let most = 100

    /// In the order of the files.
    var all: [String] { sentences.withLock { $0.sorted { $0.key < $1.key }.map(\.value) } }

    func clear(_ path: String) {
        sentences.withLock { _ = $0.removeValue(forKey: path) }
    }

    /// - Returns: whether it is new.
    func note(_ path: String, _ sentence: String) -> Bool {
        sentences.withLock { sentences in
            guard sentences[path] != sentence, sentences.count < Self.most || sentences[path] != nil else {
                return false
            }
            sentences[path] = sentence
            return true
        }
    }
}
