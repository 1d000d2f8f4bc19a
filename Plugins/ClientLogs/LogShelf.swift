import Glibc
import HookHost
import LinboModel
import LinuxKit

/// Our own copies of what PCs sent: a directory for each host, for the daemon alone.
struct LogShelf: Sendable {
    /// Such as `/var/lib/linbo-hookd/client-logs`.
    let directory: String
    let rotateAt: Int

    /// Put aside, besides the one that grows.
    static let rotated = 4
    /// Older hardware, besides the newest.
    static let oldHardware = 4
    static let mode: mode_t = 0o600

    private static let patience = 5000

    /// A lock that is held by somebody else, or a directory that can't be made.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    func place(_ host: HostName) -> String { "\(directory)/\(host.lowercased)" }

    /// Runs `body` with a host's directory, which no other thread or process touches meanwhile.
    func with<Value>(_ host: HostName, _ body: (String) throws -> Value) throws -> Value {
        try FileTree.makeDirectory(directory, mode: 0o700)
        return try locked(host, .directory, body)
    }

    /// The same for one that is there; nil: nothing of this host's is kept.
    func ifKept<Value>(_ host: HostName, _ body: (String) throws -> Value) throws -> Value? {
        guard FileStatus(at: place(host))?.kind == .directory else { return nil }
        return try locked(host, .presentDirectory, body)
    }

    private func locked<Value>(_ host: HostName, _ kind: FileLock.Kind, _ body: (String) throws -> Value) throws
        -> Value
    {
        let place = place(host)
        let lock = FileLock(place, kind, before: Deadline(inMilliseconds: Self.patience))
        guard lock != nil else { throw SystemError("lock", place) }
        return try withExtendedLifetime(lock) { try body(place) }
    }

    /// Hosts of which something is kept.
    var hosts: [HostName] { FileTree.names(in: directory).compactMap { HostName($0) } }

    // MARK: Logs

    /// The files of a log, oldest first, and how many came after each.
    static func logs(in place: String) -> [(path: String, age: Int64)] {
        (1...rotated).reversed().map { ("\(place)/linbo.log.\($0)", Int64($0)) } + [("\(place)/linbo.log", 0)]
    }

    /// How many were put aside so far.
    static func putAside(in place: String) -> Int64 {
        guard let bytes = try? FileBytes.read("\(place)/put-aside", limit: 64).bytes else { return 0 }
        return Int64(digits: String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" }) ?? 0
    }

    func append(_ lines: [UInt8], in place: String) throws {
        let path = "\(place)/linbo.log"
        if let status = FileStatus(at: path), status.size > 0, status.size + Int64(lines.count) > rotateAt {
            // A crash in between costs nothing of the log; who was reading on may see lines twice, or a gap.
            let count = Self.putAside(in: place) + 1
            try AtomicFile.replace("\(place)/put-aside", with: Array("\(count)\n".utf8), mode: Self.mode)
            try Self.shift(path, keeping: Self.rotated)
        }
        try AppendedFile.append(lines, to: path, mode: Self.mode)
    }

    /// `x` becomes `x.1`, that `x.2`, and so on; the last one goes.
    private static func shift(_ path: String, keeping count: Int) throws {
        for number in (0..<count).reversed() {
            let (old, new) = (number == 0 ? path : "\(path).\(number)", "\(path).\(number + 1)")
            guard rename(old, new) == 0 || errno == ENOENT else { throw SystemError("rename to", new) }
        }
        try AtomicFile.syncDirectory(of: path)
    }

    // MARK: The other files

    func status(in place: String) -> [UInt8]? {
        try? FileBytes.read("\(place)/image.status", limit: ImageStatus.sizeLimit).bytes
    }

    func write(status bytes: [UInt8], in place: String) throws {
        try AtomicFile.replace("\(place)/image.status", with: bytes, mode: Self.mode)
    }

    /// - Parameter isOther: the PC is another one than the last time: its old report is kept.
    func write(hardware bytes: [UInt8], isOther: Bool, in place: String) throws {
        let path = "\(place)/hwinfo.gz"
        if isOther { try Self.shift(path, keeping: Self.oldHardware) }
        try AtomicFile.replace(path, with: bytes, mode: Self.mode)
    }

    // MARK: Retention

    /// When something was written last; seconds since 1970.
    func lastChange(_ host: HostName) -> Int64 {
        let place = place(host)
        return FileTree.names(in: place).compactMap { FileStatus(at: "\(place)/\($0)")?.modified }.max()
            ?? FileStatus(at: place)?.modified ?? 0
    }

    func remove(_ host: HostName) { FileTree.remove(place(host)) }
}
