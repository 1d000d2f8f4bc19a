import CLinux
import Glibc
import HookHost
import LinuxKit

/// Files that rsyncd has received: what they must be, and their way out of its reach.
enum Received {
    /// A child that is being forked has our own descriptors for an instant, one that writes among them.
    private static let patience = (looks: 50, pause: UInt32(20_000))

    /// Moves a file out of the directory that rsyncd writes into, so that nothing can open it any more, and then makes
    /// sure that nothing has it open for writing: rsync can be told to write into a file that is there, and what
    /// changes after it was checked would go live unseen.
    /// - Parameter place: where it is moved to; if it lies there already, whoever moved it was killed, and this goes
    ///   on.
    /// - Throws: `Refusal`, and the file is gone, or left where it was; `SystemError`.
    static func claim(_ file: String, at place: String) throws -> FileStatus {
        if FileStatus(at: place) == nil {
            guard let found = FileStatus(at: file) else {
                throw Refusal("rsync reported success, and there is no file")
            }
            try check(found)
            guard rename(file, place) == 0 else { throw SystemError("rename", file) }
        }
        do {
            return try check(place)
        } catch let refusal as Refusal {
            unlink(place)
            throw refusal
        }
    }

    /// - Throws: `Refusal` unless it is a regular file of one name that nothing writes to; `SystemError`.
    @discardableResult
    static func check(_ file: String) throws -> FileStatus {
        guard let found = FileStatus(at: file) else { throw SystemError("lstat", file) }
        try check(found)
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemError("open", file) }
        defer { close(descriptor) }
        var looks = 0
        while try isWritten(descriptor) {
            looks += 1
            guard looks < patience.looks else {
                guard givesLeases(beside: file) else { break }
                throw Refusal("another connection still writes to it")
            }
            usleep(patience.pause)
        }
        guard let status = FileStatus(descriptor: descriptor) else { throw SystemError("fstat", file) }
        try check(status)
        return status
    }

    /// A filesystem that knows no leases says no: there, what rsyncd refuses by its configuration has to do.
    /// - Throws: `Refusal` if the daemon may not ask: that is no answer.
    private static func isWritten(_ descriptor: Int32) throws(Refusal) -> Bool {
        var answer = clinux_is_written_elsewhere(descriptor)
        // A client may give its file another owner, and without CAP_LEASE one's own files alone can be asked about. It
        // is to be ours in any case.
        if answer == CLINUX_MAY_NOT_ASK, fchown(descriptor, geteuid(), getegid()) == 0 {
            answer = clinux_is_written_elsewhere(descriptor)
        }
        guard answer != CLINUX_MAY_NOT_ASK else {
            throw Refusal("the daemon may not see whether another connection still writes to it: it needs CAP_LEASE")
        }
        return answer == 1
    }

    /// Tried with a file of our own: network filesystems may deny each lease in the same words.
    private static func givesLeases(beside file: String) -> Bool {
        let path = "\(file).\(String(UInt64.random(in: 0...(.max)), radix: 36))"
        let made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard made >= 0 else { return true }
        close(made)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        unlink(path)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        return clinux_is_written_elsewhere(descriptor) == 0
    }

    private static func check(_ status: FileStatus) throws(Refusal) {
        guard status.kind == .regular, status.links == 1 else {
            throw Refusal("uploads are files: no directory, link, device or fifo")
        }
    }
}
