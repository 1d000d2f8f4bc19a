import Glibc
package import HookHost
package import HookWire

/// The live connections of each client, on disk, so that the daemon, a daemon started later, and `once` agree.
package struct LiveRecords: Sendable {
    let paths: ViewPaths

    /// A lock is held for microseconds; whoever holds it longer is a stopped process, and clients have to boot.
    static let patience = 500
    static let ticketLimit = 64 << 20

    package init(paths: ViewPaths) {
        self.paths = paths
    }

    /// The connection of a hook's caller, as `early` recorded it; recorded now if it did not.
    /// - Throws: `SystemError`.
    package func connection(of environment: HookEnvironment) throws -> ConnectionID {
        let process = environment.process
        let known = connections(of: environment.addressText).filter { $0.process == process }
        // Records of dead processes that had this pid may lie beside it; they are the sweeper's.
        if let own = known.first(where: \.isAlive) { return own }
        if ConnectionID(process: process) == nil, let last = known.first { return last }
        return try admit(environment)
    }

    /// Records a connection and makes its client's folder.
    /// - Throws: `SystemError`.
    package func admit(_ environment: HookEnvironment) throws -> ConnectionID {
        let address = environment.addressText
        let connection =
            ConnectionID(process: environment.process) ?? ConnectionID(process: environment.process, started: 0)
        let lock = ClientLock(paths.records(of: address), before: Deadline(inMilliseconds: Self.patience))
        guard lock != nil || errno == ETIMEDOUT else { throw SystemError("mkdir", paths.records(of: address)) }
        try Disk.write([], to: record(address, connection))
        try Disk.makeFolder(paths.view(of: address), mode: 0o755)
        return connection
    }

    package func write(_ ticket: Ticket, of connection: ConnectionID, address: String) throws {
        try Disk.write(ticket.encoded(), to: record(address, connection))
    }

    package func ticket(of connection: ConnectionID, address: String) -> Ticket? {
        guard let (bytes, _) = try? FileBytes.read(record(address, connection), limit: Self.ticketLimit) else {
            return nil
        }
        return Ticket(bytes)
    }

    /// Those recorded, dead ones too.
    package func connections(of address: String) -> [ConnectionID] {
        Disk.names(in: paths.records(of: address)).compactMap { ConnectionID($0) }
    }

    /// Addresses with records.
    package func addresses() -> [String] {
        Disk.names(in: paths.live).filter(ViewPaths.isAddress)
    }

    /// Ends a connection; with the client's last one its folder goes, too.
    package func release(_ connection: ConnectionID, address: String) throws {
        try removeIfUnused(address) { unlink(record(address, connection)) }
    }

    /// Removes a client's folder unless a connection is recorded.
    /// - Parameter prelude: done under the lock.
    func removeIfUnused(_ address: String, after prelude: () -> Void = {}) throws {
        var removed: String?
        do {
            let lock = ClientLock(paths.records(of: address), before: Deadline(inMilliseconds: Self.patience))
            guard lock != nil else { throw SystemError("flock", paths.records(of: address)) }
            prelude()
            guard connections(of: address).isEmpty else { return }
            removed = try setAside(address)
            rmdir(paths.records(of: address))
        }
        if let removed { Disk.removeTree(removed) }
    }

    /// Moves a view out of rsyncd's way at once; what is in it is removed without the lock.
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
        "\(paths.records(of: address))/\(connection)"
    }
}
