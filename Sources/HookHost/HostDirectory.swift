package import LinboModel
package import Logging
import Synchronization

/// Who is who: the hosts of all schools' devices.csv, loaded again when a file changes, and the client behind an
/// address.
package final class HostDirectory: Sendable {
    let addresses: AddressTable
    let sightings: Sightings
    private let book: DevicesBook
    /// The files may lie on a share.
    private let lookout: Lookout
    private let place: SourceLocation
    /// nil: no host registers itself here.
    package let newcomers: Newcomers?
    private let logger: Logger
    private let wasHanging = Atomic<Bool>(false)

    /// - Parameters:
    ///   - place: where `schools` is set, for problems with it.
    ///   - state: the directory of what outlives a restart; nil: nothing does.
    package init(
        schools: String, named place: SourceLocation? = nil, addresses: AddressTable, newcomers: Newcomers? = nil,
        state: String? = nil, logger: Logger
    ) {
        self.addresses = addresses
        self.newcomers = newcomers
        self.logger = logger
        self.place = place ?? SourceLocation(file: schools, line: 1)
        sightings = Sightings(addresses)
        let book = DevicesBook(
            DevicesSource(directory: schools, named: place), memory: state.map { DevicesMemory(state: $0) },
            logger: logger)
        self.book = book
        lookout = Lookout { book.refresh() }
    }

    /// The same hosts, looked up by other files.
    package init(_ other: HostDirectory, addresses: AddressTable) {
        self.addresses = addresses
        sightings = addresses == other.addresses ? other.sightings : Sightings(addresses)
        (book, lookout, place, newcomers) = (other.book, other.lookout, other.place, other.newcomers)
        logger = other.logger
    }

    /// As of the last look; `refresh` looks again. Never waits.
    package var devices: Devices { book.devices }

    /// What is wrong in the files, by file and line.
    package var problems: [Problem] {
        guard let time = lookout.hangs else { return book.problems }
        return [hanging(for: time)] + book.problems
    }

    /// Loads what has changed since the last look; a few `stat` calls if nothing has. Called for every connection.
    /// Where the files' filesystem does not answer, the last good version counts.
    package func refresh() {
        lookout.look()
        let time = lookout.hangs
        guard wasHanging.exchange(time != nil, ordering: .relaxed) != (time != nil) else { return }
        if let time {
            logger.error("\(hanging(for: time))")
        } else {
            logger.notice("\(book.directory) answers again")
        }
    }

    /// Keeps what is known for the next process. By the daemon alone.
    package func remember() { book.remember() }

    private func hanging(for time: Duration) -> Problem {
        Problem(
            location: place,
            what:
                "the filesystem of \(book.directory) has not answered for \(time.components.seconds) s; keeps the hosts it knows",
            fix: "look after the share or disk that it lies on")
    }

    /// The client behind an address: exactly by devices.csv, and for hosts with `DHCP` there by MAC, from the kernel's
    /// neighbour table or else the DHCP servers' lease files. Never by name, as reverse DNS can say anything.
    package func client(at address: IPAddress) -> Client {
        let devices = devices
        if let host = devices.host(at: address) {
            return Client(address: address, host: host, recognition: .address(host.source))
        }
        guard let sighting = sightings.sighting(of: address) else {
            return Client(
                address: address, host: nil, recognition: .unknown("\(address) is in no devices.csv, its MAC unknown"))
        }
        guard let host = devices.host(mac: sighting.mac) else {
            return Client(
                address: address, host: nil,
                recognition: .unknown("neither \(address) nor \(sighting.mac) is in a devices.csv"))
        }
        guard host.address == nil else {
            return Client(
                address: address, host: nil,
                recognition: .unknown("\(sighting.mac) is \(host.name), which has another address in \(host.source)"))
        }
        return Client(address: address, host: host, recognition: sighting.recognition(host.source))
    }

    /// What keeps hosts with `DHCP` from being known. May wait for reads.
    package func addressProblems(at place: SourceLocation) -> [Problem] {
        var problems = sightings.leaseFaults().map { file, reason in
            Problem(
                location: SourceLocation(file: file, line: 1), what: "leases can't be read: \(reason)",
                fix: "let the daemon read it, or have the DHCP server clean it up", severity: .warning)
        }
        let moving = devices.hosts.count { $0.address == nil }
        if moving > 0, !sightings.hasLeaseFiles {
            problems.append(
                Problem(
                    location: place,
                    what:
                        "\(moving) hosts have DHCP instead of an address, and no lease file of identity.leases is there: "
                        + "behind a router they are nobody",
                    fix: "name the DHCP server's lease file, or write addresses into devices.csv", severity: .warning))
        }
        return problems
    }

    /// Reads what is new in lease files, off the path of requests: at an hourly rewrite they are megabytes.
    package func readLeases() { sightings.refresh() }

    /// What the kernel saw on the wire.
    package func neighbour(at address: IPAddress) -> MACAddress? { sightings.neighbour(at: address) }

    /// The MAC behind an address: as devices.csv has it, else as it was seen last. Never waits.
    package func lastMAC(of address: IPAddress) -> MACAddress? {
        devices.host(at: address)?.mac ?? sightings.lastSighting(of: address)?.mac
    }

    /// Whether an address is a host's, as of the last look at devices.csv and at MACs. Never waits: for whoever must
    /// not, to tell the school's PCs from strangers.
    package func knows(_ address: IPAddress) -> Bool {
        let devices = book.devices
        if devices.host(at: address) != nil { return true }
        guard let sighting = sightings.lastSighting(of: address), let host = devices.host(mac: sighting.mac) else {
            return false
        }
        return host.address == nil
    }
}
