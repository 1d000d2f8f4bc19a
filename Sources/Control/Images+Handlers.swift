import API
import HookConfig
import HookHost
import HookStore
import ImageStore
import LinboHookd
import LinboModel
import LinuxKit
import Logging
import Uploads

extension Control {
    static let imageOperations: [OperationOf<Control>] = [
        OperationOf(GetImages.self) { control, _, _ in
            try Control.told { () throws(ImageStoreError) in try control.images.list() }
        },
        OperationOf(GetImageHistory.self) { control, question, _ in try control.history(question) },
        OperationOf(RollBackImage.self) { control, question, actor in try await control.rollBack(question, by: actor) },
        OperationOf(PruneImages.self) { control, question, actor in try await control.prune(question, by: actor) },
        OperationOf(GetUploads.self) { control, _, _ in PendingUpload.all(in: control.assembly.config.uploadPaths) },
        OperationOf(GetQuarantine.self) { control, _, _ in control.quarantined() },
        OperationOf(RetryQuarantined.self) { control, question, actor in
            try await control.retry(question.name, by: actor)
        },
        OperationOf(DiscardQuarantined.self) { control, question, actor in
            try await control.discard(question.name, by: actor)
        },
    ]

    private var images: ImageStore {
        let config = assembly.config
        return ImageStore(root: config.linbo.root, work: config.uploadPaths.swap)
    }

    private static func told<Value>(_ body: () throws(ImageStoreError) -> Value) throws(Fault) -> Value {
        do { return try body() } catch { throw Fault(.conflict, "\(error)") }
    }

    /// An image by its file name, or by its base: `win11` is `win11.qcow2`.
    /// - Throws: `Fault` with the nearest name if there is no such image, live or in a backup.
    private func listing(_ text: String) throws(Fault) -> ImageListing {
        for name in [text, "\(text).qcow2"] {
            guard let image = ImageName(name) else { continue }
            let found = try Self.told { () throws(ImageStoreError) in try images.find(image) }
            if let found { return found }
        }
        let known = try Self.told { () throws(ImageStoreError) in try images.list() }.images.map(\.image)
        let bases = known.compactMap { ImageName($0)?.base }
        let nearest = nearestWord(to: text, in: known) ?? nearestWord(to: text, in: bases)
        throw Fault(
            .missing,
            "no image \(quoted(text)) below \(assembly.config.linbo.root)/images"
                + (nearest.map { "; did you mean '\($0)'?" } ?? "; see `linboctl images`"))
    }

    private func name(_ listing: ImageListing) throws(Fault) -> ImageName {
        guard let image = ImageName(listing.image) else {
            throw Fault(.conflict, "\(quoted(listing.image)) is no name of an image")
        }
        return image
    }

    private func history(_ question: GetImageHistory) throws -> GetImageHistory.Answer {
        let limit = question.limit ?? 200
        guard limit > 0 else { throw Fault(.invalid, "\(limit) is no number from 1 on", at: "limit") }
        let live = try listing(question.name)
        return GetImageHistory.Answer(
            live: live, history: try store().images.entries(of: live.image, limit: min(limit, Self.rowLimit)))
    }

    // MARK: Changes

    private func rollBack(_ question: RollBackImage, by actor: Actor) async throws -> RollBackImage.Answer {
        let image = try name(listing(question.name))
        let (images, assembly) = (images, assembly)
        let done = try await act(
            AuditEntry("images rollback", by: actor, subject: "images/\(image.base)/\(image)", detail: question.to)
        ) { try Self.told { () throws(ImageStoreError) in try images.rollback(image, to: question.to) } }
        // The set is live: whatever fails from here on undoes nothing, and keeps nothing else from being done.
        let backup = done.swapped.backup
        let note = "the backup \(done.used.timestamp) is live" + (backup.map { "; before: backup \($0)" } ?? "")
        var remarks = done.swapped.remarks
        @discardableResult func besides<Value>(_ what: String, _ body: () throws -> Value) -> Value? {
            do { return try body() } catch {
                assembly.context.logger.error("rollback of \(image): \(what): \(error)")
                remarks.append("\(what): \(error)")
                return nil
            }
        }
        let live = besides("it can't be looked at") { try images.find(image) } ?? nil
        let row = ImageHistoryEntry(
            image: image.text, timestamp: live?.timestamp, action: .rolledBack, at: UnixTime.nowMilliseconds(),
            bytes: live?.size, infoHash: infoHash(image), note: "\(note), by \(actor)")
        besides("its history has no row of this") { try record([row]) }
        besides("no program of `after-rollback` is told") {
            try assembly.config.followUpQueue?.add(.rolledBack, image)
        }
        assembly.context.events.publish(.imageRolledBack, image.text, by: actor.description, detail: note)
        return RollBackImage.Answer(
            image: image.text, used: done.used.timestamp, backup: backup, timestamp: live?.timestamp,
            remarks: remarks, unfinished: done.swapped.unfinished?.description)
    }

    private func prune(_ question: PruneImages, by actor: Actor) async throws -> [Pruned] {
        guard question.keep >= 0 else { throw Fault(.invalid, "\(question.keep) is less than none", at: "keep") }
        let isTrial = question.isTrial ?? false
        let images = images
        let listings =
            try question.name.map { [try listing($0)] }
            ?? Self.told { () throws(ImageStoreError) in try images.list() }.images
        let names = listings.filter { !$0.backups.isEmpty }.compactMap { ImageName($0.image) }
        func prune(_ image: ImageName) throws(Fault) -> Pruned {
            try Self.told { () throws(ImageStoreError) in
                try images.prune(image, keep: question.keep, isTrial: isTrial)
            }
        }
        var all: [Pruned] = []
        for image in names {
            guard !isTrial else {
                all.append(try prune(image))
                continue
            }
            let row = AuditEntry(
                "images prune", by: actor, subject: "images/\(image.base)/\(image)", detail: "keeps \(question.keep)")
            let pruned = try await act(row) { try prune(image) }
            let rows = pruned.removed.map { backup in
                ImageHistoryEntry(
                    image: image.text, timestamp: backup.timestamp, action: .pruned, at: UnixTime.nowMilliseconds(),
                    bytes: backup.bytes, note: "the backup \(backup.timestamp) is removed, by \(actor)")
            }
            // They are gone, whatever is noted of it.
            do { try record(rows) } catch {
                assembly.context.logger.error("prune of \(image): its history has no row of this: \(error)")
            }
            all.append(pruned)
        }
        return all
    }

    private func record(_ entries: [ImageHistoryEntry]) throws {
        let history = try store().images
        for entry in entries { try history.append(entry) }
    }

    /// 40 hex digits of the live set's `.hash`.
    private func infoHash(_ image: ImageName) -> String? {
        let path = "\(assembly.config.linbo.root)/\(image.directory)/\(image).hash"
        guard let bytes = try? FileBytes.read(path, limit: 64).bytes,
            let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let digits = text.filter { !$0.isWhitespace }
        return digits.count == 40 && digits.allSatisfy(\.isHexDigit) ? digits.lowercased() : nil
    }

    // MARK: Quarantine

    private func quarantined() -> [Quarantine.Entry] {
        let assembly = assembly
        return assembly.publisher.quarantine.entries()
            + assembly.context.marks.setAside().map {
                Quarantine.Entry(name: $0.title, image: $0.name, uploader: "-", at: $0.at, reason: $0.reason)
            }
    }

    private func retry(_ name: String, by actor: Actor) async throws -> RetryQuarantined.Answer {
        let assembly = assembly
        try await act(AuditEntry("images quarantine retry", by: actor, subject: name)) {
            guard !assembly.context.marks.forget(name) else { return }
            do { try assembly.publisher.quarantine.retry(name, in: assembly.config.uploadPaths) } catch {
                throw Fault(.conflict, "\(error)")
            }
        }
        assembly.uploadSignal.send()
        return RetryQuarantined.Answer(name: name)
    }

    private func discard(_ name: String, by actor: Actor) async throws -> RetryQuarantined.Answer {
        let assembly = assembly
        let quarantine = assembly.publisher.quarantine
        try await act(AuditEntry("images quarantine discard", by: actor, subject: name)) {
            guard assembly.context.marks.forget(name) || quarantine.discard(name) else {
                throw Fault(
                    .missing,
                    "\(name) is not in \(quarantine.directory): `linboctl images quarantine list` shows what is")
            }
        }
        return RetryQuarantined.Answer(name: name)
    }
}
