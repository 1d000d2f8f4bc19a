import CLinux
import Crypto
import Glibc
package import LinuxKit

/// Hashes a file while another process appends to it, right behind its end: so that the hashes are there when the file
/// is. For writers that never go back, as rsync does not without `--inplace` and the like.
package struct PieceFollower: Sendable {
    /// In bytes, at least 1.
    package let pieceLength: Int

    /// Between two looks at the file's end, in microseconds.
    private static let pause: UInt32 = 10_000
    /// Bytes a second above which two cores are full with the transfer itself, and even a thread that runs on idle
    /// cores only slows it: then all is hashed at the end. Lines of 2.5 Gbit/s are below it.
    private static let fullSpeed: Int64 = 400_000_000
    private static let blockSize = 256 << 10

    /// - Parameter pieceLength: in bytes, as the torrent will have it.
    package init(pieceLength: Int) {
        self.pieceLength = max(1, pieceLength)
    }

    /// Blocks the calling thread, which runs only while a core is idle, as who uploads shall not wait for it, until
    /// `isUnderway` says that nobody writes any more, and all is hashed.
    /// - Parameter path: opened at once; that it is renamed meanwhile does not matter.
    /// - Throws: `.changed` if the file got shorter, `.tooManyPieces`.
    package func follow(
        _ path: String, isUnderway: () -> Bool
    ) throws(TorrentError) -> (identity: FileIdentity, pieces: [UInt8]) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw .failed("open", path) }
        defer { close(descriptor) }
        var pieces: [UInt8] = []
        var offset: Int64 = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(Self.blockSize, pieceLength), alignment: 4096)
        defer { buffer.deallocate() }
        clinux_run_when_idle(1)
        defer { clinux_run_when_idle(0) }
        var speed = Speedometer()
        while true {
            // Asked before the look at the end: what is written between the two is seen by the last look.
            let goesOn = isUnderway()
            // From here on somebody waits.
            if !goesOn { clinux_run_when_idle(0) }
            let identity = try Self.identity(descriptor, path)
            let waits = goesOn && Self.hasFewCores && speed.measured(identity.size) > Self.fullSpeed
            while !waits, identity.size - offset >= Int64(pieceLength), !goesOn || isUnderway() {
                try hash(descriptor, path, offset, pieceLength, buffer, into: &pieces)
                offset += Int64(pieceLength)
            }
            guard identity.size >= offset else { throw .changed(path) }
            guard !goesOn else {
                usleep(Self.pause)
                continue
            }
            let rest = Int(identity.size - offset)
            if rest > 0 { try hash(descriptor, path, offset, rest, buffer, into: &pieces) }
            guard PieceLength.count(identity.size, in: pieceLength) != nil else {
                throw .tooManyPieces(length: identity.size, pieceLength: pieceLength)
            }
            return (try Self.identity(descriptor, path), pieces)
        }
    }

    private static let hasFewCores = sysconf(Int32(_SC_NPROCESSORS_ONLN)) < 4

    private static func identity(_ descriptor: Int32, _ path: String) throws(TorrentError) -> FileIdentity {
        guard let status = FileStatus(descriptor: descriptor) else { throw .failed("fstat", path) }
        guard status.isRegular else { throw .notRegular(path) }
        return FileIdentity(status)
    }

    private func hash(
        _ descriptor: Int32, _ path: String, _ start: Int64, _ count: Int, _ buffer: UnsafeMutableRawBufferPointer,
        into hashes: inout [UInt8]
    ) throws(TorrentError) {
        var hash = Insecure.SHA1()
        var done = 0
        while done < count {
            let wanted = min(buffer.count, count - done)
            // The pages were just written; they are in the cache anyway.
            let got = pread(descriptor, buffer.baseAddress, wanted, off_t(start + Int64(done)))
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw .failed("read", path) }
            guard got > 0 else { throw .changed(path) }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            done += got
        }
        hash.finalize().withUnsafeBytes { hashes += $0 }
    }
}

/// How fast a file grows.
private struct Speedometer {
    private let clock = ContinuousClock()
    private var last: (size: Int64, at: ContinuousClock.Instant)?
    /// Unknown at first: nothing is hashed before it is known.
    private var speed = Int64.max

    /// - Returns: bytes a second, over a tenth of a second at least.
    mutating func measured(_ size: Int64) -> Int64 {
        let now = clock.now
        guard let last else {
            self.last = (size, now)
            return speed
        }
        let span = (now - last.at) / .seconds(1)
        guard span >= 0.1 else { return speed }
        speed = Int64(exactly: (Double(size - last.size) / span).rounded()) ?? .max
        self.last = (size, now)
        return speed
    }
}
