package import Glibc

/// Directories on disk, as far as more than one room needs it.
package enum FileTree {
    /// The names in a directory without `.` and `..`, sorted; empty if it can't be read.
    package static func names(in directory: String) -> [String] {
        bytesOfNames(in: Array(directory.utf8)).map { String(decoding: $0, as: UTF8.self) }.sorted()
    }

    /// The same as they lie on disk, which need not be UTF-8, in no order.
    package static func bytesOfNames(in directory: [UInt8]) -> [[UInt8]] {
        guard let stream = opendir(directory.map { CChar(bitPattern: $0) } + [0]) else { return [] }
        defer { closedir(stream) }
        return names(stream).map { $0.dropLast().map(UInt8.init(bitPattern:)) }
    }

    /// As they lie on disk, which need not be UTF-8, each with its final 0.
    private static func names(_ stream: OpaquePointer) -> [[CChar]] {
        var names: [[CChar]] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
                }
            }
            if name != [0x2E, 0] && name != [0x2E, 0x2E, 0] { names.append(name) }
        }
        return names
    }

    /// Makes a directory; one that is there already is fine, whatever its mode.
    package static func makeDirectory(_ path: String, mode: mode_t) throws(SystemError) {
        guard mkdir(path, mode) != 0 else { return }
        guard errno == EEXIST, FileStatus(at: path)?.kind == .directory else { throw SystemError("mkdir", path) }
    }

    /// Removes a file, a link, or a directory with all that is in it; never through a link.
    /// - Returns: false if something could not be removed.
    @discardableResult
    package static func remove(_ path: String) -> Bool {
        if unlink(path) == 0 || errno == ENOENT { return true }
        // A directory of a client's has the mode that the client gave it, which may keep a daemon that is not root out.
        chmod(path, 0o700)
        return empty(path) && rmdir(path) == 0
    }

    /// Removes all that is in a directory.
    ///
    /// Clients nest directories deeper than a path can be long, so what is in a directory's directories is moved up
    /// into it until there are none: no path is longer than two names, and no more than two directories are open.
    /// - Returns: false if something could not be removed.
    package static func empty(_ directory: String) -> Bool {
        guard let top = OpenDirectory(directory, in: AT_FDCWD) else { return false }
        var isWhole = true
        while true {
            let names = top.names()
            let directories = names.filter { unlinkat(top.descriptor, $0, 0) != 0 && errno != ENOENT }
            let gone = directories.filter { top.dissolve($0) }
            isWhole = isWhole && gone.count == directories.count
            guard !gone.isEmpty else { return isWhole }
        }
    }

    /// A directory by its descriptor.
    private struct OpenDirectory: ~Copyable {
        private let stream: OpaquePointer
        let descriptor: Int32

        /// nil if it can't be opened, or is a link.
        init?(_ path: UnsafePointer<CChar>, in parent: Int32) {
            let descriptor = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0, let stream = fdopendir(descriptor) else {
                if descriptor >= 0 { close(descriptor) }
                return nil
            }
            self.stream = stream
            self.descriptor = descriptor
        }

        deinit { closedir(stream) }

        func names() -> [[CChar]] {
            rewinddir(stream)
            return FileTree.names(stream)
        }

        /// Gives a directory in this one the mode that a daemon that is not root needs; nothing else, and not through a
        /// link.
        private func open(up name: [CChar]) {
            var status = stat()
            guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFDIR
            else { return }
            fchmodat(descriptor, name, 0o700, 0)
        }

        /// Removes a directory in this one; the directories in it come into this one, under names that nobody else
        /// gives.
        func dissolve(_ name: [CChar]) -> Bool {
            if unlinkat(descriptor, name, AT_REMOVEDIR) == 0 { return true }
            open(up: name)
            do {
                guard let directory = OpenDirectory(name, in: descriptor) else { return false }
                for name in directory.names() where unlinkat(directory.descriptor, name, 0) != 0 {
                    directory.open(up: name)
                    let raised = ".removed.\(String(UInt64.random(in: 0...(.max)), radix: 36))"
                    guard renameat(directory.descriptor, name, descriptor, raised) == 0 else { return false }
                }
            }
            return unlinkat(descriptor, name, AT_REMOVEDIR) == 0
        }
    }
}
