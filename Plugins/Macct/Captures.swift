import Glibc
import HookHost
import HookStore
package import LinboModel
import LinuxKit
import Logging

/// Saves the account of the PC that an image was made on beside it (docs/linbo.md#machine-accounts).
package struct Captures: Sendable {
    let macct: Macct
    private let directory: ActiveDirectory

    /// With the plugin's own `sam` and `timeout`.
    package init(_ macct: Macct) {
        self.macct = macct
        directory = ActiveDirectory(tool: SambaTool(sam: macct.settings.sam, timeout: macct.settings.timeout))
    }

    /// What became of a capture that Samba answered.
    package enum Result: Sendable, Equatable {
        /// - Parameter account: whose hashes they are, such as `PC01$`.
        case captured(account: String)
        /// There is none that may be saved; a file that lay there is gone.
        case none(String)
    }

    /// Where an image's account lies.
    static func file(of image: ImageName, _ tree: Tree) -> String {
        "\(tree.root)/\(image.directory)/\(image)\(AccountFile.suffix)"
    }

    /// Which version of an image lies somewhere, by size and time.
    static func version(of status: FileStatus) -> String {
        "\(status.size)@\(status.modified).\(status.modifiedNanoseconds)"
    }

    // MARK: An upload

    /// What goes live with a new image: the account's file, or none, so that an older image's does not stay.
    func sidecars(of set: ArrivedSet) async throws -> [Sidecar] {
        guard set.isNewImage, set.name.kind != .iso else {
            guard set.sidecars[AccountFile.suffix] == nil else { throw Refusal("a .macct is not uploaded") }
            return []
        }
        func none(_ reason: String) -> [Sidecar] {
            [Sidecar(suffix: AccountFile.suffix, bytes: nil, remark: reason)]
        }
        guard let host = set.uploader.host else {
            return none(
                tell(set, "failed", "no account: \(set.uploader.address), which uploaded it, is in no devices.csv"))
        }
        do {
            switch try await read(host.name) {
            case .hashes(let hashes, let account):
                let remark = tell(set, "captured", "the account of \(account)")
                return [
                    Sidecar(
                        suffix: AccountFile.suffix, bytes: AccountFile.bytes(hashes), mode: 0o600, remark: remark)
                ]
            case .none(let reason):
                return none(tell(set, "failed", "no account: \(reason)"))
            }
        } catch {
            // The daemon ends, and has ended Samba's tool with it.
            try Task.checkCancellation()
            try later(set, host)
            return none(tell(set, "queued", "no account yet, it is tried again: \(error)"))
        }
    }

    /// The image goes live without its account, which follows when Samba answers again.
    private func later(_ set: ArrivedSet, _ host: Host) throws {
        guard let queue = macct.queue else {
            throw PublishLater("its account can neither be saved nor queued: the database can't be used")
        }
        let now = UnixTime.nowMilliseconds()
        do {
            _ = try queue.add(
                .init(
                    .capture, host: host.name.description, image: set.name.text,
                    version: Self.version(of: set.image.status), address: set.uploader.address.description,
                    // It is not live yet.
                    notBefore: now + 2000),
                now: now)
        } catch {
            // Live without its account and without a note of that, it would never get one.
            throw PublishLater("its account can neither be saved nor queued: \(error)")
        }
    }

    /// To the audit log and the daemon's.
    /// - Returns: the note, for the event of the publication.
    private func tell(_ set: ArrivedSet, _ outcome: String, _ note: String) -> String {
        macct.context.logger.notice("plugin macct: \(set.name): \(note)")
        Ledger(macct.context).add(
            work: .capture, host: set.uploader.host?.name.description, image: set.name.text, outcome: outcome,
            note: note,
            address: set.uploader.address.description, since: nil)
        return note
    }

    // MARK: A live image

    /// Writes the account of a host beside a live image, or takes a stale file away.
    /// - Throws: `SambaTool.Failure`, which may go away, or `SystemError`.
    package func capture(_ image: ImageName, from host: HostName) async throws -> Result {
        ProcessSecrecy.begin()
        let path = Self.file(of: image, macct.context.tree)
        switch try await read(host) {
        case .hashes(let hashes, let account):
            var bytes = AccountFile.bytes(hashes)
            defer { wipe(&bytes) }
            // The temporary name ends as the real one, so that it is as hidden (`Tree.guarded`).
            let random = String(UInt64.random(in: 0...(.max)), radix: 36)
            let directory = path[..<(path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex)]
            try AtomicFile.replace(path, with: bytes, mode: 0o600, by: "\(directory)/.\(random)\(AccountFile.suffix)")
            return .captured(account: account)
        case .none(let reason):
            guard unlink(path) == 0 || errno == ENOENT else { throw SystemError("unlink", path) }
            return .none(reason)
        }
    }

    private enum Found {
        case hashes(MachineHashes, account: String)
        case none(String)
    }

    private func read(_ host: HostName) async throws(SambaTool.Failure) -> Found {
        let name = ADAccount.name(of: host)
        guard let account = try await directory.accounts(of: [host])[host] else {
            return .none("the AD has no account \(name)")
        }
        if let objection = account.objection { return .none(objection) }
        guard let hashes = account.hashes else {
            return .none("the AD shows no whole set of hashes for \(name): was its password ever set?")
        }
        return .hashes(hashes, account: name)
    }
}
