import Glibc
package import HookHost
package import LinboModel
import LinuxKit
package import Logging

/// Takes the rows of new hosts, `<host>.new`, into the devices.csv of their school (docs/linbo.md#new-hosts; defect 32,
/// docs/linbo.md#defects-of-the-old-hooks).
package struct Registrar: Sendable {
    private let schools: DevicesSource
    private let root: String
    private let settings: RegistrationSettings
    private let newcomers: Newcomers?
    private let neighbour: @Sendable (IPAddress) -> MACAddress?
    private let logger: Logger

    /// What `linbo_preregister` reads to fill in the next host's form.
    static let lastName = "last_registered"

    /// - Parameters:
    ///   - schools: the directory of the schools, such as `/etc/linuxmuster/sophomorix`.
    ///   - root: the tree, such as `/srv/linbo`.
    ///   - newcomers: where registered hosts are noted; nil: nowhere, and without limits.
    ///   - neighbour: the MAC that answers at an address, as the kernel saw it.
    package init(
        schools: String, root: String, settings: RegistrationSettings = RegistrationSettings(),
        newcomers: Newcomers? = nil, neighbour: @escaping @Sendable (IPAddress) -> MACAddress? = { _ in nil },
        logger: Logger
    ) {
        self.schools = DevicesSource(directory: schools)
        self.root = root
        self.settings = settings
        self.newcomers = newcomers
        self.neighbour = neighbour
        self.logger = logger
    }

    /// What can be refused before a byte has come.
    /// - Parameter fileName: `<host>.new`
    /// - Throws: `Refusal`, which the client shows; `SystemError`.
    package func admit(fileName: String, by client: Client) throws {
        let name = try name(in: fileName)
        if let newcomers {
            try NewcomerBook(newcomers: newcomers).checkRoom(for: client, settings, now: UnixTime.nowMilliseconds())
        }
        let files = try SchoolFiles(schools)
        try refuseKnown(name, in: files.census)
        if files.files.isEmpty { throw noFile(of: .default) }
    }

    /// Checks a row, appends it to the file of its school, and notes it as the last one.
    /// - Parameters:
    ///   - bytes: what came as `<host>.new`.
    ///   - client: for the log.
    /// - Throws: `Refusal` for a row that is not taken: then nothing has changed; `SystemError` if it could not be
    ///   written.
    package func register(_ bytes: [UInt8], fileName: String, by client: Client) throws {
        let name = try name(in: fileName)
        let new = try Self.checked { () throws(NewHostError) in try NewHost(parsing: bytes, named: name) }
        try checkRole(new.role)
        try checkGroup(new.group)
        try checkAddress(of: new)
        let place = try withLock { try append(new, by: client) }
        logger.notice("\(client.label) registered \(place.host.name) of school \(place.host.school): \(place.location)")
        do {
            try AtomicFile.replace("\(root)/\(Self.lastName)", with: Array("\(new.row())\n".utf8), mode: 0o644)
        } catch {
            // The host is registered; the next one's form stays as it was.
            logger.error("\(place.host.name) is registered, but \(Self.lastName) is not written: \(error)")
        }
    }

    /// Registered hosts that an admin has taken in are as all others.
    package func admit(_ hosts: [Newcomer]) throws {
        try change { newcomer in hosts.contains(newcomer) }
    }

    /// Forgets those that were imported, or whose row the admin has changed or removed.
    package func settle(_ devices: Devices) throws {
        guard let newcomers, !newcomers.content.waiting.isEmpty else { return }
        let waiting = Set(newcomers.waiting(in: devices))
        // One whose row is being written this moment is in no devices.csv yet.
        let now = UnixTime.nowMilliseconds()
        guard newcomers.content.waiting.contains(where: { !waiting.contains($0) && now - $0.at > 60_000 }) else {
            return
        }
        try change { !waiting.contains($0) && now - $0.at > 60_000 }
    }

    private func change(_ isGone: (Newcomer) -> Bool) throws {
        guard let newcomers else { return }
        try withLock { try NewcomerBook(newcomers: newcomers).remove(isGone) }
    }

    private func append(_ new: NewHost, by client: Client) throws -> (host: Host, location: SourceLocation) {
        var noted: Newcomer?
        // Editors and importers know nothing of the lock: what they change while this is at work is read again.
        for _ in 0..<5 {
            let files = try SchoolFiles(schools)
            let school = try Self.checked { () throws(NewHostError) in
                try new.school(among: Array(files.files.keys))
            }
            guard let file = files.files[school] else { throw noFile(of: school) }
            let entry = try Self.checked { () throws(NewHostError) in try new.entry(in: school) }
            try refuseDoubles(of: entry.host, in: files.census)
            if noted?.isRow(of: entry.host) != true { noted = try note(entry.host, new.group, by: client) }
            let (bytes, line) = Devices.appending(entry.row, to: file.bytes)
            if try AtomicFile.replace(file.path, was: file.status, with: bytes) {
                return (entry.host, SourceLocation(file: file.path, line: line))
            }
        }
        throw Refusal("devices.csv is being changed by another program; try again")
    }
}

// What is refused.
extension Registrar {
    /// All that must be there before the row is: whatever fails here leaves devices.csv as it was, and the client can try
    /// again. Its group comes first, as what is noted counts.
    private func note(_ host: Host, _ group: GroupName, by client: Client) throws -> Newcomer {
        let newcomer = Newcomer(host, by: client.address.description, at: UnixTime.nowMilliseconds())
        let book = newcomers.map { NewcomerBook(newcomers: $0) }
        try book?.checkRoom(for: client, settings, now: newcomer.at)
        try makeGroup(group, for: host)
        try book?.add(newcomer)
        return newcomer
    }

    private func checkRole(_ role: String) throws(Refusal) {
        guard !settings.roles.contains(role) else { return }
        throw Refusal(
            "the role \(role) is none that a host may give itself; send one of \(settings.roles.joined(separator: ", ")), "
                + "or have the admin enter the host in devices.csv")
    }

    private func checkAddress(of new: NewHost) throws(Refusal) {
        guard let address = new.address else { return }
        if let owner = LocalLinks.reserves(address) {
            throw Refusal("the address \(address) is \(owner); choose another one")
        }
        if let seen = neighbour(address), seen != new.mac {
            throw Refusal("the address \(address) is in use by another machine, \(seen); choose another one")
        }
    }

    /// Whoever holds it writes one small file.
    private func withLock<Value>(_ body: () throws -> Value) throws -> Value {
        try FileLock.with(
            schools.directory, .presentDirectory, patience: 10_000,
            orThrow: { error in
                error.code == ETIMEDOUT
                    ? Refusal("another program holds the lock of \(schools.directory); try again") : error as any Error
            }, body)
    }

    private func name(in fileName: String) throws(Refusal) -> HostName {
        guard let name = NewHost.name(inFileName: fileName) else {
            throw Refusal(
                "'\(fileName)' names no host: 1 to 63 of A-Z, a-z, 0-9 and '-', no '-' first or last, and then .new")
        }
        return name
    }

    private func refuseKnown(_ name: HostName, in census: DevicesCensus) throws(Refusal) {
        guard let place = census[name] else { return }
        throw Refusal("\(name) is registered already, in \(place); use another name, or have that row changed")
    }

    private func refuseDoubles(of host: Host, in census: DevicesCensus) throws(Refusal) {
        try refuseKnown(host.name, in: census)
        if let place = census[host.mac] {
            throw Refusal("the MAC address \(host.mac) is registered already, in \(place); have that row changed")
        }
        if let address = host.address, let place = census[address] {
            throw Refusal("the address \(address) is that of another host, in \(place); choose another one")
        }
    }

    private func checkGroup(_ group: GroupName) throws(Refusal) {
        let groups = Groups(root: root)
        guard !groups.contains(group) else { return }
        if settings.makesGroups, groups.modelText() != nil { return }
        let fix = nearestWord(to: group.text, in: groups.names).map { "did you mean \($0)?" }
        throw Refusal(
            "there is no group \(group), as the server has no start.conf.\(group); "
                + (fix ?? "make one, or name another group"))
    }

    private func makeGroup(_ group: GroupName, for host: Host) throws {
        let groups = Groups(root: root)
        guard settings.makesGroups, !groups.contains(group), let text = groups.modelText() else { return }
        try groups.make(group, text)
        logger.notice("\(host.name) is of a new group: start.conf.\(group) is a copy of start.conf; look through it")
    }

    private func noFile(of school: SchoolName) -> Refusal {
        Refusal("school \(school) has no devices.csv below \(schools.directory); the admin makes one first")
    }

    /// A wrong row as a refusal.
    private static func checked<Value>(_ check: () throws(NewHostError) -> Value) throws(Refusal) -> Value {
        do throws(NewHostError) {
            return try check()
        } catch {
            throw Refusal("the row is not taken: \(error)")
        }
    }
}
