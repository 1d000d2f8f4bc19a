import Glibc
import HookHost
import HookWire
import LinboModel
import LinuxKit

/// Entries whose names are not UTF-8, by the bytes of their paths.
extension View {
    private func absolute(_ odd: OddEntry) -> [CChar] {
        (Array(root.utf8) + [UInt8(ascii: "/")] + odd.path).map { CChar(bitPattern: $0) } + [0]
    }

    /// A hard link to a file of the tree, or a directory whose mode and times `finish` sets. The directory above is
    /// there.
    func place(_ odd: OddEntry) throws(SystemError) {
        let path = absolute(odd)
        let shown = printable(String(decoding: odd.path, as: UTF8.self))
        guard odd.status.kind == .regular else {
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw SystemError("mkdir", shown) }
            return
        }
        let temporary = Disk.uniqueName(in: paths.temporary)
        guard link(odd.source.map { CChar(bitPattern: $0) } + [0], temporary) == 0 else {
            throw SystemError("link", shown)
        }
        // rename(2) of two names of one file does nothing and keeps both.
        defer { unlink(temporary) }
        guard rename(temporary, path) == 0 else { throw SystemError("rename", shown) }
    }

    /// Gives a directory what `finish(_:as:)` gives others.
    func finish(_ odd: OddEntry) {
        Self.finish(absolute(odd), as: odd.status)
    }
}
