package import LinboModel
package import LinuxKit
package import Logging
import Synchronization
import Torrent

/// For how long an image is seeded that is wanted no more, as another one was published.
package struct SeedLinger: Sendable {
    /// Nanoseconds.
    let shortest: UInt64
    let longest: UInt64

    /// - Parameters:
    ///   - shortest: so long at least: a PC may just have read the torrent.
    ///   - longest: so long, if a peer never gets all of it.
    package init(shortest: Duration = .seconds(60), longest: Duration = .seconds(4 * 3600)) {
        func nanoseconds(_ span: Duration) -> UInt64 {
            UInt64(clamping: max(0, span.components.seconds)) * 1_000_000_000
                + UInt64(max(0, span.components.attoseconds / 1_000_000_000))
        }
        (self.shortest, self.longest) = (nanoseconds(shortest), nanoseconds(longest))
    }
}

/// Seeds images to BitTorrent's peers (BEP 3). It can't change an image: it opens files to read, holds on to what it
/// opened whatever is published under that name, compares each piece with the torrent before it is sent for the first
/// time, and sends nothing of a file that was written to since. A torrent beside another image is a fault that is told,
/// and harms neither.
package final class Seeder: Sendable {
    /// TCP, that peers connect to.
    package var port: UInt16 { listener.port }

    private let listener: SeedListener
    private let mailbox: Mailbox<SeedMessage>
    private let board = SeedBoard()
    private let linger: SeedLinger
    private let logger: Logger
    private let files = Mutex<[[UInt8]: SeedFile]>([:])
    private let disk = ThreadPool("seeding disk", limit: 8)

    /// What schools have open for peers, without the tracker's.
    package static let ports: [UInt16] = Array((6881...6999).filter { $0 != 6969 })

    /// Takes the first of the ports that is free. Nobody is served before `run`.
    /// - Parameter address: 0.0.0.0 for all of the machine's.
    /// - Throws: `SystemError` if none is free.
    package init(
        _ address: IPAddress, ports: [UInt16] = Seeder.ports, linger: SeedLinger = SeedLinger(), logger: Logger
    ) throws(SystemError) {
        listener = try SeedListener(address, ports: ports)
        mailbox = try Mailbox("seeding")
        (self.linger, self.logger) = (linger, logger)
    }

    /// What shall be seeded from now on. What was, and is not among it, is seeded until its peers have it, or for as
    /// long as it may linger. Opens files, and so blocks; for one caller at a time.
    /// - Returns: what can't be seeded, and why.
    package func want(_ wishes: [SeedWish]) -> [(wish: SeedWish, fault: SeedFault)] {
        let before = files.withLock { $0 }
        var after: [[UInt8]: SeedFile] = [:]
        var refused: [(SeedWish, SeedFault)] = []
        for wish in wishes {
            let hash = wish.torrent.infoHash.bytes
            do throws(SeedFault) {
                if let file = before[hash], file.fault == nil, FileIdentity(ofFileAt: wish.path) == file.identity {
                    after[hash] = file
                } else {
                    after[hash] = try SeedFile(wish.path, of: wish.torrent)
                }
            } catch {
                refused.append((wish, error))
            }
        }
        files.withLock { $0 = after }
        mailbox.post(.want(Array(after.values)))
        return refused
    }

    /// From now on, and for those that are connected, too.
    package func limit(_ limits: SeedLimits) { mailbox.post(.limit(limits)) }

    /// What is seeded, by path; of what was refused there is none.
    package var states: [SeedState] { board.states.withLock { $0 }.sorted { $0.path < $1.path } }

    /// Serves until the task is cancelled; all peers were sent away then, and all images are closed. Once: the port is
    /// given back with this value.
    /// - Throws: `SystemError` if the system has no descriptor left.
    package func run() async throws(SystemError) {
        let result = await withTaskCancellationHandler {
            await NamedThread.run("seeding") { [self] () -> Result<Void, SystemError> in
                do throws(SystemError) {
                    try SeedEngine(listener, mailbox, board, linger, disk, logger).run()
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
        } onCancel: {
            mailbox.post(.stop)
        }
        files.withLock { $0 = [:] }
        try result.get()
    }
}
