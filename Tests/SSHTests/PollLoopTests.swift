import Glibc
import Testing

@testable import SSH

/// How the loop's waits end, each exactly once: a second end of one would end the process.
@Suite struct PollLoopTests {
    /// A socket that is readable when told.
    private final class Wire: Sendable {
        let reader: Int32
        private let writer: Int32

        init() throws {
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
            (reader, writer) = (ends[0], ends[1])
        }

        deinit {
            close(reader)
            close(writer)
        }

        func makeReadable() {
            var byte: UInt8 = 1
            _ = write(writer, &byte, 1)
        }

        @SSHLoop
        func wait(until deadline: UInt64 = .max) async -> PollLoop.Readiness {
            await SSHLoop.loop.wait(for: Int16(POLLIN), at: reader, until: deadline)
        }
    }

    @Test("a wait ends at its deadline, or when its socket is ready")
    func ends() async throws {
        let wire = try Wire()
        #expect(await wire.wait(until: 0) == .late)
        wire.makeReadable()
        #expect(await wire.wait() == .ready)
    }

    @Test("a task that is cancelled before it waits does not wait")
    func cancelledBefore() async throws {
        let wire = try Wire()
        let task = Task { @SSHLoop in
            withUnsafeCurrentTask { $0?.cancel() }
            return await wire.wait()
        }
        #expect(await task.value == .cancelled)
    }

    @Test("a task that is cancelled while it waits waits no longer")
    func cancelledMeanwhile() async throws {
        let wire = try Wire()
        let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
        let task = Task { @SSHLoop in
            beginning.yield()
            return await wire.wait()
        }
        for await _ in begun { break }
        // Has its turn on the loop's thread when the task waits.
        await Task { @SSHLoop in }.value
        task.cancel()
        #expect(await task.value == .cancelled)
    }

    @Test("a socket that is ready just when the task is cancelled ends the wait by either, once")
    func both() async throws {
        for _ in 0..<200 {
            let wire = try Wire()
            let task = Task { await wire.wait() }
            async let ready: Void = wire.makeReadable()
            task.cancel()
            #expect(await [.ready, .cancelled].contains(task.value))
            await ready
        }
    }
}
