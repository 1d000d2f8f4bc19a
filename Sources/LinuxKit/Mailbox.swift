import CLinux
import Glibc
import Synchronization

/// How other threads reach one that waits in epoll(7): what they leave here wakes it.
package final class Mailbox<Message: Sendable>: Sendable {
    /// An eventfd(2), to be watched for input.
    package let descriptor: Int32
    private let state = Mutex(State())

    private struct State {
        var messages: [Message] = []
        var isClosed = false
    }

    /// - Parameter owner: whom an error names.
    /// - Throws: `SystemError` if there is no descriptor left.
    package init(_ owner: String) throws(SystemError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError("eventfd", owner) }
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Leaves a message, from any thread.
    /// - Returns: false if nobody reads it any more; the message is dropped then.
    @discardableResult
    package func post(_ message: Message) -> Bool {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.messages.append(message) }
            return state.isClosed
        }
        if !isClosed { eventfd_write(descriptor, 1) }
        return !isClosed
    }

    /// Whether a message waits, without a system call.
    package var hasMessages: Bool { state.withLock { !$0.messages.isEmpty } }

    /// All that wait, in their order.
    package func take() -> [Message] {
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
        return state.withLock { state in
            defer { state.messages = [] }
            return state.messages
        }
    }

    /// Nobody reads it any more.
    /// - Returns: what is left.
    package func close() -> [Message] {
        state.withLock { state in
            defer { state = State(isClosed: true) }
            return state.messages
        }
    }
}
