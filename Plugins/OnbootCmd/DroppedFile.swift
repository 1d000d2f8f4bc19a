import Glibc
import HookHost
import LinuxKit

/// A command that `linbo-remote -p` dropped into `linbocmd/`: one line, delivered as it is.
struct DroppedFile {
    /// Which file this is: another one of the same name is another command.
    let identity: String
    let bytes: [UInt8]
    let hasPassword: Bool
    /// The command without its password item, for the journal.
    let loggable: String

    static let sizeLimit = 64 << 10

    /// nil if there is no such file, or nothing in it.
    /// - Throws: `SystemError`, `FileBytes.TooLarge`.
    init?(at path: String) throws {
        guard FileStatus(at: path)?.kind == .regular else { return nil }
        let (bytes, status) = try FileBytes.read(path, limit: Self.sizeLimit)
        let text = String(decoding: bytes, as: UTF8.self)
        let items = text.split(whereSeparator: { $0 == "," || $0.isNewline })
        let commands = items.filter { !UploadPassword.isItem($0) }
        guard !items.isEmpty else { return nil }
        self.bytes = bytes
        identity = Self.identity(of: status)
        hasPassword = commands.count < items.count
        loggable = commands.joined(separator: ",")
    }

    /// Takes a delivered file away, unless another has come in its place.
    static func remove(_ identity: String, at path: String) {
        guard let status = FileStatus(at: path), Self.identity(of: status) == identity else { return }
        unlink(path)
    }

    /// nil: there is no file.
    static func identity(at path: String) -> String? { FileStatus(at: path).map { identity(of: $0) } }

    private static func identity(of status: FileStatus) -> String {
        "\(status.device):\(status.inode):\(status.size):\(status.modified).\(status.modifiedNanoseconds)"
    }
}
