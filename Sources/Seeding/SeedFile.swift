import CLinux
import Crypto
import Glibc
import LinuxKit
import Synchronization
import Torrent

/// An image that is seeded: opened once, to read, and by its descriptor from then on, so that whoever publishes another
/// one under its name touches nothing of it. What was not compared with the torrent is not sent.
final class SeedFile: Sendable {
    let torrent: TorrentFile
    let path: String
    /// Of O_RDONLY. There is nothing in this room that writes to a file.
    let descriptor: Int32
    let identity: FileIdentity
    private let state: Mutex<State>

    private struct State {
        var proven: [Bool]
        var provenCount = 0
        var fault: SeedFault?
    }

    /// Few enough for a core's own cache between reading and hashing.
    private static let blockSize = 256 << 10

    /// Opens it; blocks. It is no symlink, and as long as the torrent says.
    init(_ path: String, of torrent: TorrentFile) throws(SeedFault) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { throw errno == ELOOP ? .notRegular(path) : .system(SystemError("open", path)) }
        do throws(SeedFault) {
            guard let status = FileStatus(descriptor: descriptor) else { throw .system(SystemError("fstat", path)) }
            guard status.kind == .regular else { throw .notRegular(path) }
            guard status.size == torrent.length else {
                throw .wrongLength(path: path, image: status.size, torrent: torrent.length)
            }
            identity = FileIdentity(status)
        } catch {
            close(descriptor)
            throw error
        }
        (self.torrent, self.path, self.descriptor) = (torrent, path, descriptor)
        state = Mutex(State(proven: [Bool](repeating: false, count: torrent.pieceCount)))
    }

    deinit { close(descriptor) }

    /// Why no more of it is sent; stays so.
    var fault: SeedFault? { state.withLock { $0.fault } }

    /// How many pieces were compared with the torrent.
    var provenCount: Int { state.withLock { $0.provenCount } }

    /// Whether it is as it was when it was opened, as far as its length and time tell.
    func isUnchanged() -> Bool {
        guard fault == nil else { return false }
        guard let status = FileStatus(descriptor: descriptor), FileIdentity(status) == identity else {
            fail(.changed(path))
            return false
        }
        return true
    }

    /// - Parameter piece: 0-based, less than the torrent's count.
    func isProven(_ piece: Int) -> Bool { state.withLock { $0.proven[piece] } }

    /// In bytes.
    func length(ofPiece piece: Int) -> Int {
        Int(min(Int64(torrent.pieceLength), torrent.length - Int64(piece) * Int64(torrent.pieceLength)))
    }

    /// Whether a block can be read without waiting for the disk.
    func isCached(_ block: BlockRequest) -> Bool {
        let start = offset(of: block)
        return clinux_is_cached(descriptor, off_t(start)) != 0
            && clinux_is_cached(descriptor, off_t(start + Int64(block.length) - 1)) != 0
    }

    /// Where a block begins in the file.
    func offset(of block: BlockRequest) -> Int64 {
        Int64(block.piece) * Int64(torrent.pieceLength) + Int64(block.begin)
    }

    /// Reads a piece, so that it is in memory; compares it with the torrent unless it was. Blocks.
    func load(_ piece: Int) {
        guard isUnchanged() else { return }
        do throws(SeedFault) {
            let isKnown = isProven(piece)
            let hash = try read(piece, hashing: !isKnown)
            // What was read before it was written to, or after: the time tells.
            guard isUnchanged(), !isKnown else { return }
            guard hash.elementsEqual(torrent.piece(piece)) else { throw .wrongPiece(path: path, piece) }
            state.withLock { state in
                guard !state.proven[piece] else { return }
                state.proven[piece] = true
                state.provenCount += 1
            }
        } catch {
            fail(error)
        }
    }

    private func read(_ piece: Int, hashing: Bool) throws(SeedFault) -> [UInt8] {
        var hash = Insecure.SHA1()
        let count = length(ofPiece: piece)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(Self.blockSize, count), alignment: 4096)
        defer { buffer.deallocate() }
        let start = Int64(piece) * Int64(torrent.pieceLength)
        var done = 0
        while done < count {
            let got = pread(descriptor, buffer.baseAddress, min(buffer.count, count - done), off_t(start + Int64(done)))
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw .system(SystemError("read", path)) }
            guard got > 0 else { throw .changed(path) }
            if hashing { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer.prefix(got))) }
            done += got
        }
        return Array(hash.finalize())
    }

    /// The first one stays.
    func fail(_ fault: SeedFault) { state.withLock { $0.fault = $0.fault ?? fault } }
}
