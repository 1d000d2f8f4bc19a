import Crypto
import Dispatch
import Glibc
package import LinuxKit
import Synchronization

/// Hashes the pieces of a file on several cores. Memory is bounded whatever the file: a block for each core, and 20
/// bytes a piece. Holes of sparse files are not read.
package struct PieceHasher: Sendable {
    /// In bytes, at least 1.
    package let pieceLength: Int
    /// How many threads hash at the same time, the caller's among them.
    package let jobs: Int

    /// Small enough for a core's own cache between reading and hashing.
    private static let blockSize = 256 << 10
    /// What a core takes at a time: long enough for the disk to read on.
    private static let runSize = 4 << 20

    /// - Parameter jobs: nil for all cores.
    package init(pieceLength: Int, jobs: Int? = nil) {
        self.pieceLength = max(1, pieceLength)
        self.jobs = max(1, jobs ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// Blocks the calling thread, which takes part.
    /// - Parameter expected: the version that is wanted; nil for whatever is there.
    /// - Throws: `.changed` if the file is another, or changes meanwhile.
    package func hash(
        _ path: String, expecting expected: FileIdentity? = nil, _ progress: HashProgress = HashProgress()
    ) throws(TorrentError) -> (identity: FileIdentity, pieces: [UInt8]) {
        let image = try ImageReader(path)
        guard expected == nil || expected == image.identity else { throw .changed(path) }
        guard let count = PieceLength.count(image.identity.size, in: pieceLength) else {
            throw .tooManyPieces(length: image.identity.size, pieceLength: pieceLength)
        }
        let pieces = Mutex([UInt8](repeating: 0, count: count * TorrentFile.hashLength))
        try run(image, count, progress) { first, hashes in
            pieces.withLock {
                let start = first * TorrentFile.hashLength
                $0.replaceSubrange(start..<start + hashes.count, with: hashes)
            }
            return true
        }
        return (image.identity, pieces.withLock { $0 })
    }

    /// The first piece of a file that is not as a torrent has it; nil if all are.
    package func firstWrongPiece(
        _ image: String, of torrent: TorrentFile, _ progress: HashProgress = HashProgress()
    ) throws(TorrentError) -> Int? {
        let reader = try ImageReader(image)
        guard reader.identity.size == torrent.length else { throw .changed(image) }
        let wrong = Mutex<Int?>(nil)
        // Runs are handed out in order, so all before a wrong one are hashed to their end.
        try run(reader, torrent.pieceCount, progress) { first, hashes in
            let count = hashes.count / TorrentFile.hashLength
            let found = (0..<count).first { index in
                let start = index * TorrentFile.hashLength
                return !hashes[start..<start + TorrentFile.hashLength].elementsEqual(torrent.piece(first + index))
            }
            guard let found else { return true }
            wrong.withLock { $0 = min($0 ?? .max, first + found) }
            return false
        }
        return wrong.withLock { $0 }
    }

    // MARK: The work

    private final class Work: Sendable {
        let next = Atomic(0)
        let isStopped = Atomic(false)
        let failure = Mutex<TorrentError?>(nil)

        func fail(_ error: TorrentError) {
            failure.withLock { $0 = $0 ?? error }
            isStopped.store(true, ordering: .relaxed)
        }
    }

    /// - Parameter take: gets the first piece of a run and the hashes of its pieces; false ends it.
    private func run(
        _ image: ImageReader, _ count: Int, _ progress: HashProgress,
        _ take: @Sendable (Int, [UInt8]) -> Bool
    ) throws(TorrentError) {
        let work = Work()
        let perRun = max(1, Self.runSize / pieceLength)
        let zeros = ZeroPiece(length: pieceLength)
        withoutActuallyEscaping(take) { take in
            DispatchQueue.concurrentPerform(iterations: max(1, min(jobs, (count + perRun - 1) / perRun))) { _ in
                let buffer = UnsafeMutableRawBufferPointer.allocate(
                    byteCount: min(Self.blockSize, pieceLength), alignment: 4096)
                defer { buffer.deallocate() }
                do throws(TorrentError) {
                    while !work.isStopped.load(ordering: .relaxed) {
                        let first = work.next.add(perRun, ordering: .relaxed).oldValue
                        guard first < count else { return }
                        let pieces = first..<min(count, first + perRun)
                        let hashes = try hash(pieces, of: image, buffer, zeros, progress)
                        if !take(first, hashes) { work.isStopped.store(true, ordering: .relaxed) }
                    }
                } catch {
                    work.fail(error)
                }
            }
        }
        if let failure = work.failure.withLock({ $0 }) { throw failure }
        try image.verifyUnchanged()
    }

    private func hash(
        _ pieces: Range<Int>, of image: ImageReader, _ buffer: UnsafeMutableRawBufferPointer, _ zeros: ZeroPiece,
        _ progress: HashProgress
    ) throws(TorrentError) -> [UInt8] {
        var hashes: [UInt8] = []
        hashes.reserveCapacity(pieces.count * TorrentFile.hashLength)
        for piece in pieces {
            guard !progress.isCancelled else { throw .cancelled }
            let start = Int64(piece) * Int64(pieceLength)
            let count = Int(min(Int64(pieceLength), image.identity.size - start))
            if count == pieceLength, image.isHole(start, count: count) {
                hashes += zeros.hash
            } else {
                try hash(start, count, of: image, buffer, into: &hashes)
            }
            progress.advance(by: count)
        }
        return hashes
    }

    private func hash(
        _ start: Int64, _ count: Int, of image: ImageReader, _ buffer: UnsafeMutableRawBufferPointer,
        into hashes: inout [UInt8]
    ) throws(TorrentError) {
        var hash = Insecure.SHA1()
        var done = 0
        while done < count {
            let block = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(count - done))
            try image.read(into: block, at: start + Int64(done))
            hash.update(bufferPointer: UnsafeRawBufferPointer(block))
            done += block.count
        }
        hash.finalize().withUnsafeBytes { hashes += $0 }
    }
}

/// The hash of a piece of zeros, made when the first hole is met.
private final class ZeroPiece: Sendable {
    private let length: Int
    private let made = Mutex<[UInt8]?>(nil)

    init(length: Int) {
        self.length = length
    }

    var hash: [UInt8] {
        made.withLock { made in
            if let made { return made }
            var hash = Insecure.SHA1()
            let zeros = [UInt8](repeating: 0, count: min(length, 64 << 10))
            var rest = length
            while rest > 0 {
                zeros.withUnsafeBytes { hash.update(bufferPointer: .init(rebasing: $0.prefix(rest))) }
                rest -= min(rest, zeros.count)
            }
            let value = Array(hash.finalize())
            made = value
            return value
        }
    }
}
