/// Where all of libssh is called: on one thread, without blocking it. A session costs no thread of its own.
@globalActor
package actor SSHLoop {
    /// There is one.
    package static let shared = SSHLoop()

    static let loop = PollLoop("ssh")

    /// The loop's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { Self.loop.asUnownedSerialExecutor() }
}
