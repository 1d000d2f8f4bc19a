import Foundation
import LinuxKit
import Logging
import Synchronization

/// Makes images, several at once on as many threads, each once however many ask for it.
final class ImageMaker: Sendable {
    typealias Answer = Result<CachedImage, any Error>

    private struct State {
        var queue: [(digest: String, recipe: ImageRecipe)] = []
        /// Who waits for which; an entry stands for one that is queued or at work.
        var waiters: [String: [CheckedContinuation<Answer, Never>]] = [:]
        var threads = 0
        var made = 0
    }

    private static let threadsPerJob = 4

    private let cache: ImageCache
    private let program: String
    private let threadLimit: Int
    /// How many programs may run at once. The other threads wait for the disk, which takes several files as fast as
    /// one.
    private let turns: DispatchSemaphore
    private let timeLimit: Duration
    private let logger: Logger
    private let state = Mutex(State())

    init(cache: ImageCache, program: String, jobs: Int?, within limit: Duration, logger: Logger) {
        self.cache = cache
        self.program = program
        let jobs = jobs ?? max(1, ProcessInfo.processInfo.activeProcessorCount)
        turns = DispatchSemaphore(value: jobs)
        threadLimit = jobs * Self.threadsPerJob
        timeLimit = limit
        self.logger = logger
    }

    /// What is there without any work.
    func ready(_ recipe: ImageRecipe) -> CachedImage? { cache.ready(recipe) }

    /// How many were made since the start.
    var count: Int { state.withLock { $0.made } }

    /// The work goes on when nobody waits any more: the PC asks again.
    /// - Throws: `ImageFailure`, `SystemError`.
    func image(_ recipe: ImageRecipe) async throws -> CachedImage {
        if let image = cache.ready(recipe) { return image }
        return try await withCheckedContinuation { enlist(recipe, $0) }.get()
    }

    private func enlist(_ recipe: ImageRecipe, _ continuation: CheckedContinuation<Answer, Never>) {
        let digest = recipe.digest
        let starts = state.withLock { state in
            if state.waiters[digest] == nil { state.queue.append((digest, recipe)) }
            state.waiters[digest, default: []].append(continuation)
            guard state.threads < threadLimit, !state.queue.isEmpty else { return false }
            state.threads += 1
            return true
        }
        if starts { NamedThread.start("grub-img") { self.work() } }
    }

    private func work() {
        while let (digest, recipe) = next() {
            let answer = Answer { try make(recipe) }
            if case .failure(let error) = answer { logger.error("plugin grub-img: \(error)") }
            let waiters = state.withLock { state in
                if case .success = answer { state.made += 1 }
                return state.waiters.removeValue(forKey: digest)
            }
            for waiter in waiters ?? [] { waiter.resume(returning: answer) }
        }
        cache.prune()
    }

    private func next() -> (String, ImageRecipe)? {
        state.withLock { state in
            guard !state.queue.isEmpty else {
                state.threads -= 1
                return nil
            }
            return state.queue.removeFirst()
        }
    }

    private func make(_ recipe: ImageRecipe) throws -> CachedImage {
        // Whoever asked just when it became ready has put it into the queue again; linboctl makes some, too.
        if let image = cache.ready(recipe) { return image }
        return try cache.make(recipe) { arguments in
            turns.wait()
            defer { turns.signal() }
            try ToolRun(program: program, arguments: arguments).run(within: timeLimit)
        }
    }
}
