import Glibc
import HookHost
import LinuxKit

/// Keeps a second daemon from a tree and a state, whatever its socket and ports are: it would empty the directories
/// that this one is just placing files in. flock(2), so a daemon that dies holds nothing; `once` is not excluded.
package final class DaemonLock: Sendable {
    private let descriptors: [Int32]

    /// - Parameter directories: made if they are not there.
    /// - Throws: `SystemError`; `Taken`.
    package init(_ directories: [(path: String, mode: mode_t)]) throws {
        var descriptors: [Int32] = []
        do {
            for directory in directories {
                try FileTree.makeDirectory(directory.path, mode: directory.mode)
                descriptors.append(try Self.lock("\(directory.path)/daemon.lock"))
            }
        } catch {
            for descriptor in descriptors { close(descriptor) }
            throw error
        }
        self.descriptors = descriptors
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }

    /// Another daemon has it.
    struct Taken: Error, CustomStringConvertible {
        let file: String
        /// nil: it has not told.
        let process: Int32?

        var description: String {
            "another linbo-hookd\(process.map { " (process \($0))" } ?? "") serves here, and holds \(file): end it first, or "
                + "give this one a `state` and `linbo.views` of its own"
        }
    }

    private static func lock(_ file: String) throws -> Int32 {
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SystemError("open", file) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EINTR else {
                let isTaken = errno == EWOULDBLOCK
                let error = SystemError("flock", file)
                close(descriptor)
                if isTaken {
                    let holder = (try? FileBytes.read(file, limit: 20).bytes).map {
                        String(decoding: $0, as: UTF8.self)
                    }
                    throw Taken(file: file, process: holder.flatMap { Int32($0.filter(\.isNumber)) })
                }
                throw error
            }
        }
        // For whoever is refused.
        ftruncate(descriptor, 0)
        try? AtomicFile.writeAll(Array("\(getpid())\n".utf8), to: descriptor, path: file)
        return descriptor
    }
}
