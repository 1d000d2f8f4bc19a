import HookHost
import LinuxKit

/// What an upload that broke off has left behind.
struct PartialTransfer {
    let path: String
    let size: Int64

    /// The most of it: the file under its own name, or rsync's temporary one (`.NAME.XXXXXX`) if rsync was killed.
    /// A twin of the live image that nothing was changed on is worth nothing: the next try gets another.
    static func best(of file: String, _ token: UploadToken) -> PartialTransfer? {
        var found: [PartialTransfer] = []
        if let status = FileStatus(at: file), status.kind == .regular, status.links == 1 {
            if case .twin(let stamp) = token, stamp == FileStamp(status) {
            } else {
                found.append(PartialTransfer(path: file, size: status.size))
            }
        }
        for path in temporaries(of: file) {
            guard let status = FileStatus(at: path), status.kind == .regular, status.links == 1 else { continue }
            found.append(PartialTransfer(path: path, size: status.size))
        }
        return found.filter { $0.size > 0 }.max { $0.size < $1.size }
    }

    /// How much of a file has come that is being received, in rsync's temporary one.
    static func arriving(at file: String) -> Int64 {
        temporaries(of: file).compactMap { FileStatus(at: $0)?.size }.max() ?? 0
    }

    /// When something of a file that is being received was last changed, seconds since 1970; nil if nothing is there.
    static func lastMove(at file: String) -> Int64? {
        ([parts(of: file).directory, file] + temporaries(of: file)).compactMap { FileStatus(at: $0)?.changed }.max()
    }

    private static func parts(of file: String) -> (directory: String, name: Substring) {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        return (parts.dropLast().joined(separator: "/"), parts.last ?? "")
    }

    private static func temporaries(of file: String) -> [String] {
        let (directory, name) = parts(of: file)
        let prefix = ".\(name)."
        return FileTree.names(in: directory).filter { $0.hasPrefix(prefix) && $0.utf8.count == prefix.utf8.count + 6 }
            .map { "\(directory)/\($0)" }
    }
}
