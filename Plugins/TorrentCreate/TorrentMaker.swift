import Foundation
import HookHost
import LinuxKit
import Logging
import Synchronization
import Torrent

/// A version of an image that a client wants the hashes of.
struct ImageVersion: Sendable {
    let path: String
    let name: String
    let identity: FileIdentity

    /// What it is to `WorkMarks`.
    var work: WorkMarks.Work {
        .init(
            .torrent, name,
            version: "\(identity.inode) \(identity.size) \(identity.modified).\(identity.modifiedNanoseconds)")
    }
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

    /// A file, whatever its size and time are by now.
    private struct FileKey: Hashable {
        let device: UInt64
        let inode: UInt64

        init(_ identity: FileIdentity) {
            device = identity.device
            inode = identity.inode
        }
    }

    private struct State {
        var queue: [ImageVersion] = []
        var waiters: [FileIdentity: [Int: Waiter]] = [:]
        var number = 0
        var isAtWork = false
        /// Wanted, and hashed while they arrive.
        var held: [ImageVersion] = []
        /// Files that are hashed while they arrive, by device and inode.
        var arriving: Set<FileKey> = []
        /// The last one that the cache's directory did not take.
        var unsaved: (image: FileIdentity, pieces: [UInt8])?
    }

    private let cache: TorrentCache
    private let hasher: PieceHasher
    private let wait: Duration
    private let marks: WorkMarks
    private let logger: Logger
    private let state = Mutex(State())

    init(cache: TorrentCache, settings: TorrentSettings, marks: WorkMarks, logger: Logger) {
        self.cache = cache
        self.marks = marks
        hasher = PieceHasher(pieceLength: settings.pieceLength, jobs: settings.jobs)
        wait = settings.wait
        self.logger = logger
    }

    /// What is there without any work.
    func ready(_ image: FileIdentity) -> ArraySlice<UInt8>? {
        let unsaved = state.withLock { $0.unsaved?.image == image ? $0.unsaved?.pieces[...] : nil }
        return unsaved ?? cache.pieces(of: image)
    }

    /// Hashes a file that is still being written; whoever asks for it meanwhile waits for that.
    /// - Parameter hash: blocks until the file is whole.
    func followed(
        _ name: String, _ identity: FileIdentity,
        _ hash: () throws(TorrentError) -> (identity: FileIdentity, pieces: [UInt8])
    ) {
        _ = state.withLock { $0.arriving.insert(FileKey(identity)) }
        do throws(TorrentError) {
            let (whole, pieces) = try hash()
            state.withLock { $0.unsaved = (whole, pieces) }
            logger.info("plugin torrent-create: \(name) was hashed while it came")
            save(pieces, of: whole, name: name)
        } catch {
            logger.info("plugin torrent-create: \(name) was not hashed while it came: \(error)")
        }
        let starts = state.withLock { state in
            state.arriving.remove(FileKey(identity))
            state.queue += state.held.filter { FileKey($0.identity) == FileKey(identity) }
            state.held.removeAll { FileKey($0.identity) == FileKey(identity) }
            defer { state.isAtWork = state.isAtWork || !state.queue.isEmpty }
            return !state.isAtWork && !state.queue.isEmpty
        }
        if starts { startThread() }
    }

    /// Waits, bounded. The work goes on when nobody waits any more: the next client comes.
    /// - Parameter wait: nil for as long as the configuration says.
    func pieces(of image: ImageVersion, within wait: Duration? = nil) async -> Answer {
        if let pieces = ready(image.identity) { return .pieces(pieces) }
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { enlist(image, number, wait ?? self.wait, $0) }
        } onCancel: {
            giveUp(image.identity, number)
        }
    }

    private func enlist(
        _ image: ImageVersion, _ number: Int, _ wait: Duration, _ continuation: CheckedContinuation<Answer, Never>
    ) {
        let starts = state.withLock { state in
            let timer = Task {
                try? await Task.sleep(for: wait)
                giveUp(image.identity, number)
            }
            let isNew = state.waiters[image.identity] == nil
            state.waiters[image.identity, default: [:]][number] = Waiter(continuation: continuation, timer: timer)
            if isNew, state.arriving.contains(FileKey(image.identity)) {
                state.held.append(image)
                return false
            }
            if isNew { state.queue.append(image) }
            guard !state.queue.isEmpty else { return false }
            defer { state.isAtWork = true }
            return !state.isAtWork
        }
        if starts { startThread() }
        // Whoever was gone before is told nowhere else.
        if Task.isCancelled { giveUp(image.identity, number) }
    }

    private func startThread() {
        NamedThread.start("torrents") { self.work() }
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
        do {
            pieces = try marks.during(image.work) { try hasher.hash(image.path, expecting: image.identity).pieces }
        } catch {
            logger.error("plugin torrent-create: \(image.name): \(error)")
            return .failed(error as? TorrentError ?? .given(up: "\(error)"))
        }
        logger.info("plugin torrent-create: \(image.path) hashed in \(clock.now - start)")
        save(pieces, of: image.identity, name: image.name)
        return .pieces(pieces[...])
    }

    private func save(_ pieces: [UInt8], of image: FileIdentity, name: String) {
        do throws(TorrentError) {
            try cache.store(pieces, of: image, name: name)
        } catch {
            logger.error("plugin torrent-create: \(error); \(name) is hashed again after a restart")
            state.withLock { $0.unsaved = (image, pieces) }
        }
    }
}
