package import Glibc
package import HookHost
package import HookWire
import LinuxKit

/// The live connections of each client, on disk, so that the daemon, a daemon started later, and `once` agree.
package struct LiveRecords: Sendable {
    let paths: ViewPaths
    /// May pass through the directory of views, to rsyncd's own; nil leaves it to the daemon's.
    private let group: gid_t?

    /// A lock is held for microseconds; whoever holds it longer is a stopped process, and clients have to boot.
    static let patience = 500
    static let ticketLimit = 64 << 20

    /// Records below a directory of views.
    package init(paths: ViewPaths, group: gid_t? = nil) {
        self.paths = paths
        self.group = group
    }

    /// Makes the directories that views need, and removes what a crash left in the temporary ones.
    /// - Throws: `SystemError`.
    func prepare() throws {
        try FileTree.makeDirectory(paths.base, mode: 0o711)
        for (directory, mode) in [
            (paths.views, 0o710), (paths.live, 0o700), (paths.temporary, 0o700), (paths.trash, 0o700),
        ] {
            try FileTree.makeDirectory(directory, mode: UInt32(mode))
            // Those of an earlier start may have been another group's, or everybody's.
            if let group, chown(directory, uid_t.max, group) != 0 { throw SystemError("chown", directory) }
            guard chmod(directory, mode_t(mode)) == 0 else { throw SystemError("chmod", directory) }
        }
        for directory in [paths.temporary, paths.trash] {
            for name in FileTree.names(in: directory) { FileTree.remove("\(directory)/\(name)") }
        }
    }

    /// Removes the directories of clients without a recorded connection. One that somebody keeps locked stays until its
    /// client's next connection.
    func removeUnused() {
        for address in Set(FileTree.names(in: paths.views) + addresses()) {
            do { try removeIfUnused(address) } catch { continue }
            forget(address, after: 0)
        }
    }

    /// The connection of a hook's caller, as `early` recorded it; recorded now if it did not.
    /// - Throws: `SystemError`.
    package func connection(of environment: HookEnvironment) throws -> ConnectionID {
        let address = environment.addressText
        if let own = ConnectionID(process: environment.process) {
            // Records of dead processes that had this pid may lie beside it; they are the sweeper's.
            if FileStatus(at: record(address, own)) == nil { try admit(environment) }
            return own
        }
        let dead = connections(of: address).first { $0.process == environment.process }
        return try dead ?? admit(environment)
    }

    /// Records a connection and makes its client's directory.
    /// - Throws: `SystemError`; `Refusal` if the address has too many.
    @discardableResult
    package func admit(_ environment: HookEnvironment) throws -> ConnectionID {
        let connection =
            ConnectionID(process: environment.process) ?? ConnectionID(process: environment.process, started: 0)
        let code = Admission.admit(
            connection.description, address: environment.addressText, paths: paths, patience: Self.patience)
        guard code != Admission.tooMany else {
            throw Refusal(Admission.tooManyText(environment.addressText))
        }
        guard code == 0 else { throw SystemError("mkdir", paths.view(of: environment.addressText), code: code) }
        return connection
    }

    /// Keeps what was decided, until `post`.
    /// - Throws: `SystemError`.
    package func write(_ ticket: Ticket, of connection: ConnectionID, address: String) throws {
        try Disk.write(ticket.encoded(for: connection), to: record(address, connection))
    }

    /// What was decided for a connection; nil: nothing, or the record is of another one.
    package func ticket(of connection: ConnectionID, address: String) -> Ticket? {
        guard let (bytes, _) = try? FileBytes.read(record(address, connection), limit: Self.ticketLimit) else {
            return nil
        }
        return Ticket(bytes, of: connection)
    }

    /// Those recorded, dead ones too.
    package func connections(of address: String) -> [ConnectionID] {
        FileTree.names(in: paths.records(of: address)).compactMap { ConnectionID($0) }
    }

    /// Addresses with records.
    package func addresses() -> [String] {
        FileTree.names(in: paths.live).filter(ViewPaths.isAddress)
    }

    /// Ends a connection whose outcome is told; with the client's last one its directory goes, too.
    /// - Throws: `SystemError`. Whoever tries again finds nothing more to tell.
    package func release(_ connection: ConnectionID, address: String) throws {
        do {
            try removeIfUnused(address) {
                rename(record(address, connection), paths.spareRecord(of: address))
            }
        } catch {
            truncate(record(address, connection), 0)
            throw error
        }
    }

    /// Removes a client's directory unless a connection is recorded.
    /// - Parameter prelude: done under the lock.
    func removeIfUnused(_ address: String, after prelude: () -> Void = {}) throws {
        let aside: String? = try withLock(of: address) {
            prelude()
            guard connections(of: address).isEmpty else { return nil }
            let view = paths.view(of: address)
            // Most hold a file or two, and are kept for the next connection as they lie.
            if Disk.isPlain(view), Disk.emptyAtOnce(view), rename(view, paths.spareView(of: address)) == 0 {
                return nil
            }
            return try setAside(address)
        }
        // What is in it is removed without the lock.
        if let aside, !Disk.isPlain(aside) || !FileTree.empty(aside) || rename(aside, paths.spareView(of: address)) != 0
        {
            FileTree.remove(aside)
        }
    }

    /// Runs `body` while nobody else makes or removes a client's directory: the hook, the daemon and `once` may each do
    /// so.
    func withLock<Value>(of address: String, _ body: () throws -> Value) throws -> Value {
        try FileLock.with(
            paths.records(of: address), .directory, patience: Self.patience, orThrow: { $0 as any Error }, body)
    }

    /// Removes what is kept aside for a client that has not come for a while.
    /// - Parameter age: seconds since its last connection.
    func forget(_ address: String, after age: Int64) {
        let directory = paths.records(of: address)
        guard let status = FileStatus(at: directory), UnixTime.now() - status.modified >= age,
            connections(of: address).isEmpty
        else { return }
        _ = try? FileLock.with(directory, .directory, patience: 0, orThrow: { $0 }) { () throws(SystemError) in
            if connections(of: address).isEmpty { FileTree.remove(directory) }
        }
    }

    /// Moves a view out of rsyncd's way at once.
    private func setAside(_ address: String) throws -> String? {
        let view = paths.view(of: address)
        let target = Disk.uniqueName(in: paths.trash)
        guard rename(view, target) == 0 else {
            guard errno == ENOENT else { throw SystemError("rename", view) }
            return nil
        }
        return target
    }

    private func record(_ address: String, _ connection: ConnectionID) -> String {
        paths.record(of: address, connection.description)
    }
}
