import Glibc
import HookHost
import LinboModel
import LinuxKit

/// Images by the digest of their recipe, one file each, over restarts. What is there is whole.
struct ImageCache: Sendable {
    let directory: String

    /// Above it those that nobody asked for the longest go.
    private static let limit = 8192
    /// So long is a use not noted again.
    private static let noteInterval: Int64 = 86_400

    func path(_ recipe: ImageRecipe) -> String { "\(directory)/\(recipe.digest).img" }

    func ready(_ recipe: ImageRecipe) -> CachedImage? {
        let path = path(recipe)
        guard let status = FileStatus(at: path), status.kind == .regular else { return nil }
        if UnixTime.now() - status.modified > Self.noteInterval { utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW) }
        return FileStatus(at: path).map { CachedImage(path: path, status: $0) }
    }

    /// - Parameter run: runs grub-mkimage with these arguments.
    /// - Throws: `ImageFailure`, `PermissionDenied`, `SystemError` of `run`.
    func make(_ recipe: ImageRecipe, _ run: ([String]) throws -> Void) throws -> CachedImage {
        do {
            return try makeFile(recipe, run)
        } catch let error as SystemError where error.path.hasPrefix(directory) {
            throw PermissionDenied(error.path, code: error.code)
                ?? ImageFailure("\(error): the directory state must be writable, and have space left")
        }
    }

    private func makeFile(_ recipe: ImageRecipe, _ run: ([String]) throws -> Void) throws -> CachedImage {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { throw SystemError("mkdir", directory) }
        let target = path(recipe)
        let temporary = "\(target).\(String(UInt64.random(in: 0...(.max)), radix: 36)).new"
        let archive = recipe.archive.map { _ in temporary + ".tar" }
        defer { for file in [temporary, archive].compactMap({ $0 }) { unlink(file) } }
        if let archive, let bytes = recipe.archive { try Self.write(bytes, to: archive) }
        try run(recipe.arguments(archive: archive, output: temporary))
        guard let made = FileStatus(at: temporary), made.kind == .regular, made.size > 0 else {
            throw ImageFailure("grub-mkimage left no image")
        }
        guard chmod(temporary, 0o600) == 0 else { throw SystemError("chmod", temporary) }
        try AtomicFile.sync(temporary)
        guard rename(temporary, target) == 0 else { throw SystemError("rename to", target) }
        try AtomicFile.syncDirectory(of: target)
        guard let image = ready(recipe) else { throw SystemError("stat", target) }
        return image
    }

    /// Gone with the program that reads it.
    private static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SystemError("create", path) }
        defer { close(descriptor) }
        try AtomicFile.writeAll(bytes, to: descriptor, path: path)
    }

    /// Takes away the images that nobody has asked for the longest, and what a power cut left half-made.
    func prune() {
        var kept: [(path: String, modified: Int64)] = []
        for name in FileTree.names(in: directory) {
            let path = "\(directory)/\(name)"
            guard let status = FileStatus(at: path), status.kind == .regular else { continue }
            if name.hasSuffix(".img") { kept.append((path, status.modified)) }
            if !name.hasSuffix(".img"), UnixTime.now() - status.modified > 3600 { unlink(path) }
        }
        for old in kept.sorted(by: { $0.modified > $1.modified }).dropFirst(Self.limit) { unlink(old.path) }
    }
}

/// An image that lies in the cache.
struct CachedImage: Sendable {
    let path: String
    let status: FileStatus
}
