import Glibc
package import HookHost
import HookStore
import LinboModel
package import LinuxKit
package import Logging
package import Registration

/// Where uploads begin and end. What is begun here lies outside the tree until it goes live as a whole; all state is on
/// disk, so the daemon and `once` can take turns in the middle of an upload.
package struct UploadDesk: Sendable {
    /// How an upload ended, for the audit log.
    package enum Result: Sendable, Equatable {
        /// It came whole. `bytes` is its size.
        case received(bytes: Int64)
        /// The client's file is the live one.
        case unchanged
        /// It broke off; so many bytes are kept for the next try.
        case kept(bytes: Int64)
        case nothing
    }

    package let paths: UploadPaths
    package let settings: UploadSettings
    let tree: Tree
    let registrar: Registrar
    let events: EventBus
    let logger: Logger

    package init(
        paths: UploadPaths, settings: UploadSettings, tree: Tree, registrar: Registrar, events: EventBus,
        logger: Logger
    ) {
        self.paths = paths
        self.settings = settings
        self.tree = tree
        self.registrar = registrar
        self.events = events
        self.logger = logger
    }

    /// Makes the directories.
    /// - Throws: `SystemError`.
    package func prepare() throws(SystemError) {
        for directory in [
            paths.base, paths.claimed, paths.sets, paths.due, paths.partials, paths.endings, paths.isos, paths.locks,
            paths.swap,
            paths.quarantine, paths.broken,
        ] {
            try FileTree.makeDirectory(directory, mode: 0o700)
        }
    }

    /// Milliseconds that a client waits for an image's lock before it sends anything.
    private static let patience = 2000

    // MARK: Begin

    /// Decides whether a client may upload a file, and places what its rsync can go on from.
    /// - Parameters:
    ///   - view: the directory that rsyncd writes into.
    ///   - ended: uploads of the same image that were ended for this one.
    ///   - outranks: whether what an address has sent gives way to this client.
    /// - Returns: what `end` has to know.
    /// - Throws: `Refusal`, `SystemError`.
    package func begin(
        _ name: UploadName, client: Client, connection: ConnectionID, view: String,
        insteadOf ended: [ConnectionID] = [], outranks: (_ address: String) -> Bool = { _ in false }
    ) throws -> UploadToken {
        try checkSpace()
        switch name {
        case .registration(let path): try registrar.admit(fileName: path.name, by: client)
        case .iso(let path): try checkISO(path)
        case .image, .sidecar: break
        }
        let target = "\(view)/\(name.path.text)"
        try Directory.make(above: target, in: view)
        guard let image = name.image else { return .none }
        return try paths.withLock(of: image, patience: Self.patience) {
            var record = UploadSession.read(paths.record(of: image)) ?? UploadSession(image: image, client: client)
            record.giveWay(ended)
            try endStalled(&record, name, for: client, connection)
            if !record.arrived.isEmpty, record.address != client.address.description, outranks(record.address) {
                try setAside(record, for: client)
                record = UploadSession(image: image, client: client)
            }
            try record.admit(client, name, connection)
            try record.write(paths.record(of: image))
            guard case .image = name else { return .none }
            return try placeBasis(of: image, at: target)
        }
    }

    /// A PC that was switched off in the middle leaves a connection that rsyncd holds for hours.
    private func endStalled(
        _ record: inout UploadSession, _ name: UploadName, for client: Client, _ connection: ConnectionID
    ) throws {
        let file = "\(paths.view(of: record.address))/\(name.path)"
        guard let lastMove = PartialTransfer.lastMove(at: file),
            let stalled = record.stalled(name, for: client, settings, lastMove: lastMove), stalled != connection,
            stalled.isAlive
        else { return }
        logger.notice(
            "\(name.path): the upload of \(record.label) does not move any more, and gives way to \(client.label)")
        try stalled.terminate()
        record.underway[name.suffix] = nil
        if case .image = name { record.opened = UnixTime.nowMilliseconds() }
        // What came of it lies where the same client's next one goes on, so this waits until nothing writes to it. Its
        // process stays for longer: `post` waits for the lock.
        if let left = PartialTransfer.best(of: file, .none) { _ = try? Received.check(left.path) }
    }

    /// What a stranger has sent, and waits for the rest of its set, keeps a PC of the school from nothing.
    private func setAside(_ record: UploadSession, for client: Client) throws {
        guard let image = ImageName(record.image) else { return }
        let reason = "\(client.label) goes first, as \(record.label) is no host without doubt"
        try Quarantine(directory: paths.quarantine).take(
            paths.set(of: image), of: record, reason: reason)
        logger.error("\(image) of \(record.label) is in quarantine: \(reason)")
        events.publish(.uploadRefused, image.text, by: record.label, detail: reason)
    }

    /// For a dry run: the directories alone.
    package func show(_ name: UploadName, view: String) throws(SystemError) {
        try Directory.make(above: "\(view)/\(name.path.text)", in: view)
    }

    /// On the tree's filesystem.
    package var space: FreeSpace {
        get throws(SystemError) { try FreeSpace(at: paths.base, keeping: settings.keepFree) }
    }

    private func checkISO(_ path: TreePath) throws {
        guard settings.takesISOs else { throw Refusal("this server takes no ISOs (uploads.iso)") }
        _ = try PlainFile(path, in: tree)
        try ISOBackups(path.name, paths, settings).checkRoom()
        let space = try space
        let kept = space.kept &+ settings.keptFromISOs(space)
        guard space.bytes > kept else {
            throw Refusal(
                "\(space.bytes >> 20) MiB are free, and \(kept >> 20) are kept from ISOs (uploads.iso-keep-free)")
        }
    }

    private func takeISO(_ path: TreePath, _ file: String, _ claim: String) throws -> Int64 {
        try PlainFile(path, in: tree).take(file, by: claim, ISOBackups(path.name, paths, settings))
    }

    /// What nobody comes back for goes first, when more is on the way than `uploads.in-all` allows.
    /// - Parameter running: bytes of uploads that run.
    /// - Throws: `Refusal` if that is not enough; `SystemError`.
    package func makeRoom(_ stock: UploadStock, _ running: Int64) throws {
        let limit = try settings.inAll ?? space.size / 2
        var sum = stock.bytes &+ running
        for spare in stock.spare where sum > limit {
            logger.warning("\(spare.path) is removed, as more than \(limit >> 20) MiB are on the way (uploads.in-all)")
            FileTree.remove(spare.path)
            sum &-= spare.bytes
        }
        guard sum <= limit else {
            throw Refusal("\(sum >> 20) MiB are on the way already, of \(limit >> 20): try again when they are live")
        }
    }

    private func checkSpace() throws {
        let space = try space
        if space.isTooLittle { throw Refusal("the server's disk is full: \(space)") }
    }

    /// A file that rsync sends the difference to: what came of it before, or a twin of the live image.
    ///
    /// Never a hard link to the live image: when client and server have the same size and time, rsync sets mode, owner
    /// and times on the file that is there.
    private func placeBasis(of image: ImageName, at target: String) throws(SystemError) -> UploadToken {
        // Something is there already if the daemon was too slow, and `once` does it again; or of a stalled upload.
        let left = PartialTransfer.best(of: target, .none)?.path ?? paths.partial(of: image)
        if left == target || rename(left, target) == 0, let status = FileStatus(at: target) {
            return .partial(FileStamp(status))
        }
        guard settings.basis != .none, case .file(let live) = tree.content(at: image.path) else { return .none }
        guard try BasisFile.make(of: live.absolutePath, at: target, copies: settings.basis == .copy),
            let status = FileStatus(at: target)
        else { return .none }
        return .twin(FileStamp(status))
    }

    // MARK: End

    /// Takes what rsyncd has received out of the client's directory.
    /// - Parameters:
    ///   - isWhole: whether rsync reported success.
    ///   - failure: how it ended else, in words.
    ///   - patience: milliseconds for the image's lock.
    /// - Throws: `UploadBusy` if that was not to be had: nothing is done, and `end` is to be called again.
    package func end(
        _ name: UploadName, _ token: UploadToken, client: Client, connection: ConnectionID, view: String, isWhole: Bool,
        failure: String = "it broke off", patience: Int
    ) throws -> Result {
        let file = "\(view)/\(name.path.text)"
        switch name {
        case .image(let image), .sidecar(let image, _):
            return try paths.withLock(of: image, patience: patience) {
                var record = UploadSession.read(paths.record(of: image)) ?? UploadSession(image: image, client: client)
                if case .image = name { noteEnd(of: image, isWhole ? nil : failure) }
                let result = Swift.Result {
                    try record.checkHolds(name, connection)
                    record.release(name, connection)
                    record.adopt(paths.set(of: image))
                    let claim = paths.claim(of: connection)
                    return isWhole
                        ? try take(file, claim, name, image, token, client, &record)
                        : try keep(file, claim, name, image, token, paths.ending(of: connection))
                }
                let path = paths.record(of: image)
                try record.isEmpty ? AtomicFile.remove(path) : record.write(path)
                return try result.get()
            }
        case .registration(let path):
            guard isWhole else { return .nothing }
            return try register(file, paths.claim(of: connection), path.name, client)
        case .iso(let path):
            guard isWhole else { return .nothing }
            return .received(bytes: try takeISO(path, file, paths.claim(of: connection)))
        }
    }

    /// What comes after an image that broke off is looked at without it: then this is the first cause.
    private func noteEnd(of image: ImageName, _ failure: String?) {
        guard let failure else { return BrokenOff.forget(image, paths) }
        let isFull = (try? space.isTooLittle) ?? false
        BrokenOff(reason: isFull ? "the server's disk was full (\(failure))" : failure).write(image, paths)
    }

    private func take(
        _ file: String, _ claim: String, _ name: UploadName, _ image: ImageName, _ token: UploadToken, _ client: Client,
        _ record: inout UploadSession
    ) throws -> Result {
        if case .twin(let stamp) = token, stamp == FileStatus(at: file).map(FileStamp.init) { return .unchanged }
        let status = try Received.claim(file, at: claim)
        try FileTree.makeDirectory(paths.set(of: image), mode: 0o700)
        guard rename(claim, "\(paths.set(of: image))/\(image)\(name.suffix)") == 0 else {
            throw SystemError("rename", claim)
        }
        record.add(name.suffix, status, from: client)
        return .received(bytes: status.size)
    }

    /// Keeps what has come of an image for the next try.
    private func keep(
        _ file: String, _ claim: String, _ name: UploadName, _ image: ImageName, _ token: UploadToken, _ ending: Ending?
    ) throws -> Result {
        guard ending?.keeps != false else { return .nothing }
        // It had come whole, and whoever claimed it was killed with rsyncd.
        if FileStatus(at: file) == nil { rename(claim, file) }
        guard case .image = name, let best = PartialTransfer.best(of: file, token) else { return .nothing }
        guard try !space.isTooLittle else {
            logger.warning("\(image): what came of it is not kept, as the disk is full")
            return .nothing
        }
        guard rename(best.path, paths.partial(of: image)) == 0 else { throw SystemError("rename", best.path) }
        return .kept(bytes: best.size)
    }

    /// The client can't be told any more: what is refused is kept, with the reason.
    private func register(_ file: String, _ claim: String, _ name: String, _ client: Client) throws -> Result {
        let status = try Received.claim(file, at: claim)
        defer { unlink(claim) }
        if let limit = try UploadName(TreePath(name)).sizeLimit, status.size > limit {
            // Of a large file nothing is kept.
            let refusal = Refusal("it has \(status.size) bytes, and a host's row at most \(limit)")
            events.publish(.uploadRefused, name, by: client.label, detail: refusal.reason)
            throw refusal
        }
        let (bytes, _) = try FileBytes.read(claim, limit: Int(clamping: status.size))
        do {
            try registrar.register(bytes, fileName: name, by: client)
        } catch let refusal as Refusal {
            try Quarantine(directory: paths.quarantine).keep(
                bytes, name: name, uploader: client.label, reason: refusal.reason)
            events.publish(.uploadRefused, name, by: client.label, detail: refusal.reason)
            throw refusal
        }
        events.publish(
            .hostRegistered, name, by: client.label, detail: "run the import of devices to make it known to all")
        return .received(bytes: status.size)
    }
}
