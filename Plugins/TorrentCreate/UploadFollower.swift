import Foundation
import Glibc
import HookHost
import LinboModel
import LinuxKit
import Logging
import Torrent

/// Hashes an image while a client uploads it.
struct UploadFollower: Sendable {
    let image: ArrivingImage
    let maker: TorrentMaker
    let follower: PieceFollower
    let logger: Logger

    /// Microseconds until rsyncd's temporary file is looked for again.
    private static let pause: UInt32 = 10_000

    func start() {
        NamedThread.start("torrent upload") { self.run() }
    }

    /// rsync writes another temporary file if what came was damaged on the way: that one counts then.
    private func run() {
        var followed: FileIdentity?
        while image.isUnderway() {
            guard let (path, identity) = temporaryFile(), identity.inode != followed?.inode else {
                usleep(Self.pause)
                continue
            }
            followed = identity
            maker.followed(image.name.text, identity) { () throws(TorrentError) in
                try follower.follow(path) { image.isUnderway() && !hasEnded(identity) }
            }
        }
    }

    /// The newest of rsync's, `.NAME.XXXXXX`.
    private func temporaryFile() -> (path: String, identity: FileIdentity)? {
        let prefix = ".\(image.name)."
        let names = (try? FileManager.default.contentsOfDirectory(atPath: image.directory)) ?? []
        let found = names.filter { $0.hasPrefix(prefix) && $0.utf8.count == prefix.utf8.count + 6 }.compactMap { name in
            let path = "\(image.directory)/\(name)"
            return FileStatus(at: path).map { (path: path, identity: FileIdentity($0)) }
        }
        return found.max {
            ($0.identity.modified, $0.identity.modifiedNanoseconds)
                < ($1.identity.modified, $1.identity.modifiedNanoseconds)
        }
    }

    /// rsync has given it its name, or has begun another one.
    private func hasEnded(_ identity: FileIdentity) -> Bool {
        if FileStatus(at: "\(image.directory)/\(image.name)")?.inode == identity.inode { return true }
        guard let newest = temporaryFile() else { return false }
        return newest.identity.inode != identity.inode
    }
}
