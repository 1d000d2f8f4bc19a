import CLinux
import Glibc
import LinuxKit
import Synchronization

/// How other threads reach the engine: what they leave here wakes it.
final class SeedMailbox: Sendable {
    enum Message: Sendable {
        /// All that shall be seeded from now on.
        case want([SeedFile])
        case limit(SeedLimits)
        /// A piece is in memory, and proven; or the file has a fault.
        case loaded(SeedFile, piece: Int)
        case stop
    }

    /// An eventfd(2), for epoll.
    let descriptor: Int32
    private let messages = Mutex<[Message]>([])
    /// What the engine told last.
    let states = Mutex<[SeedState]>([])

    /// - Throws: `SystemError` if there is no descriptor left.
    init() throws(SystemError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError("eventfd", "seeding") }
    }

    deinit { close(descriptor) }

    func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        eventfd_write(descriptor, 1)
    }

    func take() -> [Message] {
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
        return messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
