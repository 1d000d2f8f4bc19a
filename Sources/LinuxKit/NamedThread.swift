import CLinux
import Foundation

/// Threads that may block, which tasks may not: each with a name that `top -H` and debuggers show.
package enum NamedThread {
    /// - Parameter name: its first 15 bytes are shown.
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        Thread.detachNewThread {
            clinux_name_thread(name)
            body()
        }
    }

    /// Runs `body` on a thread of its own, and waits for its end without blocking the caller's.
    package static func run<Value: Sendable>(_ name: String, _ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            start(name) { continuation.resume(returning: body()) }
        }
    }
}
