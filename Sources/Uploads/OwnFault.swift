import Glibc
import HookHost
import LinuxKit

/// Tells what is wrong with an upload from what is wrong with the server. The second is tried again and passes; the
/// first never does, and would keep everybody from the image's name for ever.
enum OwnFault {
    /// What an admin fixes, or what passes by itself.
    private static let serverCodes: Set<Int32> = [
        ENOSPC, EDQUOT, EIO, EROFS, ENOMEM, ENFILE, EMFILE, EINTR, EAGAIN, EBUSY, ESTALE, ETIMEDOUT, ENODEV, ENXIO,
    ]

    /// Runs what the files of an upload alone decide about.
    /// - Throws: `Refusal` for what will not be otherwise next time, such as attributes that can't be taken off.
    static func refused<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as SystemError where !serverCodes.contains(error.code) {
            throw Refusal("it can't be made the server's own file: \(error)")
        }
    }
}
