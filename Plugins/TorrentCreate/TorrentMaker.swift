import Foundation
import Logging
import Synchronization
import Torrent

/// A version of an image that a client wants the hashes of.
struct ImageVersion: Sendable {
    let path: String
    let name: String
    let identity: FileIdentity
}

/// Hashes images, one after the other on all cores, each once for all who wait.
final class TorrentMaker: Sendable {
    enum Answer: Sendable {
        case pieces(ArraySlice<UInt8>)
        /// Whoever asks later gets it.
        case later
        case failed(TorrentError)
    }

    private struct Waiter {
        let continuation: CheckedContinuation<Answer, Never>
        let timer: Task<Void, Never>
    }

    private struct State {
        var queue: [ImageVersion] = []
        var waiters: [FileIdentity: [Int: Waiter]] = [:]
        var number = 0
        var isAtWork = false
        /// The last one that the cache's folder did not take.
        var unsaved: (image: FileIdentity, pieces: [UInt8])?
    }

    private let cache: TorrentCache
    private let hasher: PieceHasher
    private let wait: Duration
    private let logger: Logger
    private let state = Mutex(State())

    init(cache: TorrentCache, settings: TorrentSettings, logger: Logger) {
        self.cache = cache
        hasher = PieceHasher(pieceLength: settings.pieceLength, jobs: settings.jobs)
        wait = settings.wait
        self.logger = logger
    }

    /// What is there without any work.
    func ready(_ image: FileIdentity) -> ArraySlice<UInt8>? {
        let unsaved = state.withLock { $0.unsaved?.image == image ? $0.unsaved?.pieces[...] : nil }
        return unsaved ?? cache.pieces(of: image)
    }

    /// Waits, bounded. The work goes on when nobody waits any more: the next client comes.
    func pieces(of image: ImageVersion) async -> Answer {
        if let pieces = ready(image.identity) { return .pieces(pieces) }
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { enlist(image, number, $0) }
        } onCancel: {
            giveUp(image.identity, number)
        }
    }

    private func enlist(_ image: ImageVersion, _ number: Int, _ continuation: CheckedContinuation<Answer, Never>) {
        let starts = state.withLock { state in
            let timer = Task { [wait] in
                try? await Task.sleep(for: wait)
                giveUp(image.identity, number)
            }
            if state.waiters[image.identity] == nil { state.queue.append(image) }
            state.waiters[image.identity, default: [:]][number] = Waiter(continuation: continuation, timer: timer)
            defer { state.isAtWork = true }
            return !state.isAtWork
        }
        guard starts else { return }
        let thread = Thread { self.work() }
        thread.name = "torrents"
        thread.start()
    }

    private func giveUp(_ image: FileIdentity, _ number: Int) {
        // The entry stays, empty: the image is in the queue, or at work.
        let waiter = state.withLock { $0.waiters[image]?.removeValue(forKey: number) }
        waiter?.timer.cancel()
        waiter?.continuation.resume(returning: .later)
    }

    // MARK: The thread

    private func work() {
        while let image = nextImage() {
            let answer = make(image)
            let waiters = state.withLock { $0.waiters.removeValue(forKey: image.identity) }
            for waiter in (waiters ?? [:]).values {
                waiter.timer.cancel()
                waiter.continuation.resume(returning: answer)
            }
        }
    }

    private func nextImage() -> ImageVersion? {
        state.withLock { state in
            state.isAtWork = !state.queue.isEmpty
            return state.isAtWork ? state.queue.removeFirst() : nil
        }
    }

    private func make(_ image: ImageVersion) -> Answer {
        // Whoever asked just when it became ready has put it into the queue again.
        if let pieces = ready(image.identity) { return .pieces(pieces) }
        let clock = ContinuousClock()
        let start = clock.now
        let pieces: [UInt8]
        do throws(TorrentError) {
            pieces = try hasher.hash(image.path, expecting: image.identity).pieces
        } catch {
            logger.error("plugin torrent-create: \(error)")
            return .failed(error)
        }
        logger.info("plugin torrent-create: \(image.path) hashed in \(clock.now - start)")
        do throws(TorrentError) {
            try cache.store(pieces, of: image.identity, name: image.name)
        } catch {
            logger.error("plugin torrent-create: \(error); \(image.path) is hashed again after a restart")
            state.withLock { $0.unsaved = (image.identity, pieces) }
        }
        return .pieces(pieces[...])
    }
}
