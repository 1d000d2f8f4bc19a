import Glibc
import HookConfig
import HookHost
import HookStore
import ImageStore
import LinboHookd
import LinboModel
import LinuxKit
import Uploads

/// What `linboctl images` does to sets, with the history that it leaves. What happened is returned.
struct ImageDesk {
    let config: Config
    let images: ImageStore

    init(_ config: Config) {
        self.config = config
        images = ImageStore(root: config.linbo.root, work: config.uploadPaths.swap)
    }

    /// An image by its file name, or by its base: `win11` is `win11.qcow2`.
    /// - Throws: `Failure` with the nearest name if there is no such image, live or in a backup.
    func listing(_ text: String) throws -> ImageListing {
        for name in [text, "\(text).qcow2"] {
            if let image = ImageName(name), let listing = try images.find(image) { return listing }
        }
        let known = try images.list().images.map(\.image)
        let bases = known.compactMap { ImageName($0)?.base }
        let nearest = nearestWord(to: text, in: known) ?? nearestWord(to: text, in: bases)
        throw Failure(
            "no image '\(Output.printable(text))' below \(config.linbo.root)/images"
                + (nearest.map { "; did you mean '\($0)'?" } ?? "; see `linboctl images`"))
    }

    func name(_ listing: ImageListing) throws -> ImageName {
        guard let image = ImageName(listing.image) else { throw Failure("'\(listing.image)' is no name of an image") }
        return image
    }

    // MARK: Changes

    /// What a rollback did, for whoever acts on it.
    struct RollbackReport: Encodable {
        let image: String
        /// The backup whose set is live now.
        let used: String
        /// The backup that holds the set that was live before; nil if there was none.
        let backup: String?
        let timestamp: String?
        let remarks: [String]
        /// What is left to do, in words; nil if all is done.
        let unfinished: String?
    }

    func rollback(_ image: ImageName, to timestamp: String?) throws -> RollbackReport {
        try mayChange()
        let done = try images.rollback(image, to: timestamp)
        let live = try images.find(image)
        let report = RollbackReport(
            image: image.text, used: done.used.timestamp, backup: done.swapped.backup, timestamp: live?.timestamp,
            remarks: done.swapped.remarks, unfinished: done.swapped.unfinished?.description)
        let note = "the backup \(done.used.timestamp) is live" + (report.backup.map { "; before: backup \($0)" } ?? "")
        record(
            ImageHistoryEntry(
                image: image.text, timestamp: live?.timestamp, action: .rolledBack, at: UnixTime.nowMilliseconds(),
                bytes: live?.size, infoHash: infoHash(image), note: note + Self.admin))
        try config.followUpQueue?.add(.rolledBack, image)
        DaemonSocket.tell(.rolledBack, image.text, detail: note, config)
        return report
    }

    func prune(_ names: [ImageName], keep: Int, isTrial: Bool) throws -> [Pruned] {
        if !isTrial { try mayChange() }
        return try names.map { image in
            let pruned = try images.prune(image, keep: keep, isTrial: isTrial)
            for backup in isTrial ? [] : pruned.removed {
                record(
                    ImageHistoryEntry(
                        image: image.text, timestamp: backup.timestamp, action: .pruned,
                        at: UnixTime.nowMilliseconds(), bytes: backup.bytes,
                        note: "the backup \(backup.timestamp) is removed" + Self.admin))
            }
            return pruned
        }
    }

    private func mayChange() throws {
        let folder = "\(config.linbo.root)/images"
        guard geteuid() == 0 || access(folder, W_OK) == 0 else {
            throw Failure("only root changes images in \(folder): run it by sudo")
        }
    }

    /// What was done is done: a history that can't be written is said, and no failure.
    private func record(_ entry: ImageHistoryEntry) {
        do { try Store(folder: config.state).images.append(entry) } catch {
            Terminal.complain("linboctl: the history lacks this: \(error)")
        }
    }

    /// 40 hex digits of the live set's `.hash`.
    private func infoHash(_ image: ImageName) -> String? {
        guard let bytes = try? FileBytes.read("\(config.linbo.root)/\(image.folder)/\(image).hash", limit: 64).bytes,
            let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let digits = text.filter { !$0.isWhitespace }
        return digits.count == 40 && digits.allSatisfy(\.isHexDigit) ? digits.lowercased() : nil
    }

    /// Who ran sudo, if anybody did.
    private static var admin: String {
        getenv("SUDO_USER").map { ", by \(Output.printable(String(cString: $0)))" } ?? ""
    }
}
