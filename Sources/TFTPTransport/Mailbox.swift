import CLinux
import Glibc
import HookHost
import LinuxKit
import Synchronization

/// How other threads reach an engine: what they leave here wakes it.
final class Mailbox: Sendable {
    enum Message: Sendable {
        /// What a request was resolved to, by the request's number.
        case resolved(UInt64, Resolver.Result)
        /// It gave way to newer ones before it was looked at.
        case dropped(UInt64)
        /// It takes too long; its result may come yet.
        case late(UInt64)
        case snapshot(CheckedContinuation<[TransferSnapshot], Never>)
        case stop
    }

    /// An eventfd(2), for epoll.
    let descriptor: Int32
    private let state = Mutex(State())

    private struct State {
        var messages: [Message] = []
        var isClosed = false
    }

    /// - Throws: `SystemError` if there is no descriptor left.
    init() throws(SystemError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError("eventfd", "TFTP engine") }
    }

    deinit {
        Glibc.close(descriptor)
    }

    func post(_ message: Message) {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.messages.append(message) }
            return state.isClosed
        }
        if !isClosed {
            eventfd_write(descriptor, 1)
        } else if case .snapshot(let asked) = message {
            asked.resume(returning: [])
        }
    }

    func take() -> [Message] {
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
        return state.withLock { state in
            defer { state.messages = [] }
            return state.messages
        }
    }

    /// Nobody reads it any more: what is left, and what comes later is answered at once.
    func close() -> [Message] {
        state.withLock { state in
            defer { state = State(isClosed: true) }
            return state.messages
        }
    }
}
