import Glibc
import HookConfig
package import HookHost
import HookStore
package import ImageStore
import LinboModel
import LinuxKit
package import Logging

/// Brings sets that have come into the tree, one after the other: looks at them, asks the plugins, and has `ImageStore`
/// change the old set for the new one. One task of the daemon does it; all it goes by is on disk.
package struct SetPublisher: Sendable {
    let desk: UploadDesk
    let store: ImageStore
    let tree: Tree
    let plugins: [any HookPlugin]
    let hosts: HostDirectory
    let marks: WorkMarks
    let report: PublishReport
    let logger: Logger

    var paths: UploadPaths { desk.paths }

    package init(
        desk: UploadDesk, store: ImageStore, tree: Tree, plugins: [any HookPlugin], hosts: HostDirectory,
        marks: WorkMarks, report: PublishReport, logger: Logger
    ) {
        self.desk = desk
        self.store = store
        self.tree = tree
        self.plugins = plugins
        self.hosts = hosts
        self.marks = marks
        self.report = report
        self.logger = logger
    }

    package var quarantine: Quarantine { Quarantine(directory: paths.quarantine) }

    /// How long a set waits that could not be published for a reason of the server's, such as a full disk.
    private static let pause = Duration.seconds(30)

    /// Removes what nobody came back for.
    package func forget() {
        let cutoff = UnixTime.nowMilliseconds() - desk.settings.keep.milliseconds
        quarantine.forget(before: cutoff)
        BrokenOff.clear(paths)
        for name in FileTree.names(in: paths.partials) {
            let path = "\(paths.partials)/\(name)"
            guard let status = FileStatus(at: path), status.changed * 1000 < cutoff else { continue }
            unlink(path)
            logger.notice("\(name): what came of it was not asked for any more, and is removed")
        }
        for name in FileTree.names(in: paths.claimed) where ConnectionID(name)?.isAlive != true {
            let path = "\(paths.claimed)/\(name)"
            if let status = FileStatus(at: path), status.changed * 1000 < cutoff { unlink(path) }
        }
        // Of each name that a client ever thought of.
        for image in FileTree.names(in: paths.locks).compactMap({ ImageName($0) }) where !isUnderway(image) {
            _ = try? paths.withLock(of: image, patience: 0) {
                if !isUnderway(image) { unlink(paths.lock(of: image)) }
            }
        }
    }

    private func isUnderway(_ image: ImageName) -> Bool {
        [paths.record(of: image), paths.dueRecord(of: image)].contains { FileStatus(at: $0) != nil }
    }

    /// Publishes all that is due.
    /// - Returns: how long it is until more is, as far as is known now.
    package func publishDue() async -> Duration {
        var wait = Duration.seconds(600)
        // Once each, also if a newer set waits behind one that could not go live.
        for image in Set(images(in: paths.due) + images(in: paths.sets)).sorted() where !Task.isCancelled {
            do {
                if let set = try DueSet(image, in: paths) { await publish(set, &wait) }
                // A difference is looked at beside the image that it was made from.
                guard !waitsForBase(image) else { continue }
                while let set = try DueSet.take(image, in: paths, desk.settings) { await publish(set, &wait) }
                let next = try syncArrived(image)
                // Behind one that could not go live, it waits as long as that.
                if let next, FileStatus(at: paths.dueRecord(of: image)) == nil { wait = min(wait, next) }
            } catch {
                logger.error("\(image): \(error)")
                wait = min(wait, Self.pause)
            }
        }
        return wait
    }

    func images(in directory: String) -> [ImageName] {
        let suffix = ".json"
        return FileTree.names(in: directory).filter { $0.hasSuffix(suffix) }
            .compactMap { ImageName($0.dropLast(suffix.utf8.count)) }
    }

    private func waitsForBase(_ image: ImageName) -> Bool {
        guard image.kind == .qdiff, let base = ImageName("\(image.base).qcow2") else { return false }
        return [paths.dueRecord(of: base), paths.record(of: base)].contains {
            UploadSession.read($0)?.arrived[""] != nil
        }
    }

    /// Brings what has come to the disk while more is still to come.
    /// - Returns: how long it is until the set is due.
    private func syncArrived(_ image: ImageName) throws -> Duration? {
        guard let record = UploadSession.read(paths.record(of: image)) else { return nil }
        if !record.isSynced, record.isOfThisBoot, !record.arrived.isEmpty {
            for suffix in record.arrived.keys { try AtomicFile.sync("\(paths.set(of: image))/\(image)\(suffix)") }
            try AtomicFile.sync(paths.set(of: image))
            try paths.withLock(of: image) {
                guard var current = UploadSession.read(paths.record(of: image)), current.arrived == record.arrived
                else {
                    return
                }
                current.isSynced = true
                try current.write(paths.record(of: image))
            }
        }
        // A connection that hangs or died is looked at again by the sweeper, which wakes us.
        guard let due = record.due(desk.settings) else { return nil }
        return .milliseconds(max(0, due - UnixTime.nowMilliseconds()))
    }

    // MARK: One set

    private func publish(_ set: DueSet, _ wait: inout Duration) async {
        do {
            // Records are written by the daemon: this one was touched by somebody else. Nothing is lost.
            guard let address = IPAddress(set.record.address) else {
                logger.error("\(set.image): its record names no address; it is in quarantine")
                return try quarantine.take(set, reason: "its record names no address: upload it again")
            }
            let uploader = hosts.client(at: address)
            do {
                try await marks.during(set.work) { try await goLive(set, uploader) }
            } catch let aside as WorkMarks.SetAside {
                try setAside(set, uploader, aside.description)
                _ = marks.forget(aside.mark.title)
            } catch let refusal as Refusal {
                try setAside(set, uploader, refusal.reason)
            }
        } catch is CancellationError {
            logger.notice("\(set.image) of \(set.record.label): the daemon ends; the next one goes on with it")
        } catch {
            logger.error("\(set.image) of \(set.record.label) waits: \(error)")
            wait = min(wait, Self.pause)
        }
    }

    private func setAside(_ set: DueSet, _ uploader: Client, _ cause: String) throws {
        var reason = cause
        if set.record.arrived[""] == nil, let broken = BrokenOff.last(of: set.image, paths) {
            reason = "the image itself did not come whole: \(broken.reason). Without it: \(cause)"
        }
        try quarantine.take(set, reason: reason)
        report.quarantined(set.image, uploader, set.record.label, reason: reason)
    }

    private func goLive(_ set: DueSet, _ uploader: Client) async throws {
        let files = try set.files()
        guard !files.isEmpty else {
            if isLive(set.record, set.image) {
                report.wasLive(set.image, uploader, set.record.label)
            } else {
                // A daemon that was killed while it brought a set back from quarantine: it lies there still.
                logger.error("\(set.image) of \(set.record.label): nothing of it is there any more")
            }
            return set.forget()
        }
        // It was when it came; but a daemon that was killed just then has left that to this one.
        try OwnFault.refused { for file in files.values { try Received.check(file.absolutePath) } }
        guard set.record.isSynced || set.record.isOfThisBoot else {
            throw Refusal("the server went down before all of it was on disk: upload it again")
        }
        var remarks: [String] = []
        var arrived = try OwnFault.refused { try look(at: set, files, uploader, &remarks) }
        var decided: Set<String> = []
        arrived = try await askPlugins(arrived, set, &remarks, &decided)
        remarks += try await SidecarCheck(set: set, tree: tree, image: arrived.image, isNewImage: arrived.isNewImage)
            .run(try set.files())
        if arrived.isNewImage {
            let losses = try KeptSidecars(set: set, tree: tree).run(try set.files(), decided: decided)
            for loss in losses { logger.warning("\(set.image) of \(set.record.label): \(loss)") }
            remarks += losses
        }
        arrived = arrived.with(try set.sidecars())
        try OwnFault.refused { try settle(set, arrived) }
        let facts = SetFacts(arrived)
        var swapped: Swapped?
        if arrived.isNewImage {
            swapped = try store.swap(set.image, from: set.directory)
        } else {
            _ = try store.amend(set.image, from: set.directory)
        }
        report.published(arrived, set.record.label, facts, swapped, remarks)
        set.forget()
    }

    /// Files go live by renames, and stay what they are.
    private func isLive(_ record: UploadSession, _ image: ImageName) -> Bool {
        record.arrived.contains { suffix, file in
            FileStatus(at: tree.absolute(image.path) + suffix)?.inode == file.inode
        }
    }

    /// What must be true whatever plugins are enabled; an image that came without `.info` gets one.
    private func look(
        at set: DueSet, _ files: [String: ArrivedSet.File], _ uploader: Client, _ remarks: inout [String]
    ) throws -> ArrivedSet {
        let check = SetCheck(set: set, tree: tree)
        try check.run(files)
        if files[""] != nil, files[".info"] == nil {
            try AtomicFile.replace(set.file(".info"), with: check.madeInfo(files), mode: PlainFile.mode)
            remarks.append("it came without .info: one was made")
        }
        return ArrivedSet(
            name: set.image, image: try files[""] ?? check.liveImage(), isNewImage: files[""] != nil,
            sidecars: try set.sidecars(), uploader: uploader)
    }

    private func settle(_ set: DueSet, _ arrived: ArrivedSet) throws {
        let files = try set.files()
        for (suffix, file) in files {
            try Settled.settle(file.absolutePath, mode: suffix == ".macct" ? 0o600 : PlainFile.mode)
        }
        // A torrent that is older than its image counts as one of the image before it; settling may change the image's
        // time.
        let image = FileStatus(at: set.file("")) ?? arrived.image.status
        for suffix in [".torrent", ".hash"] {
            if let file = files[suffix] { try Settled.notOlder(file.absolutePath, than: image) }
        }
    }

    /// Each plugin sees what those before it added.
    private func askPlugins(
        _ arrived: ArrivedSet, _ set: DueSet, _ remarks: inout [String], _ decided: inout Set<String>
    ) async throws -> ArrivedSet {
        var arrived = arrived
        for case let plugin as any PublishingStep in plugins {
            let name = type(of: plugin).name
            do {
                for sidecar in try await plugin.publishing(arrived) {
                    try put(sidecar, into: set)
                    decided.insert(sidecar.suffix)
                    if let remark = sidecar.remark { remarks.append("\(name): \(remark)") }
                }
                arrived = arrived.with(try set.sidecars())
            } catch let refusal as Refusal {
                throw Refusal("\(name): \(refusal.reason)")
            } catch let error as SystemError where error.code == ENOSPC {
                throw error
            } catch let error as PublishLater {
                throw error
            } catch  where Task.isCancelled {
                // Whatever it failed by: going live without it would be for good.
                throw CancellationError()
            } catch {
                logger.error("plugin \(name): \(set.image): \(error)")
                remarks.append("\(name) failed: \(error)")
            }
        }
        return arrived
    }

    private func put(_ sidecar: Sidecar, into set: DueSet) throws {
        let path = set.file(sidecar.suffix)
        guard let bytes = sidecar.bytes else { return try AtomicFile.remove(path) }
        try AtomicFile.replace(path, with: bytes, mode: sidecar.mode)
    }
}
