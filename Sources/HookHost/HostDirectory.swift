package import LinboModel
package import Logging
import Synchronization

/// Who is who: the hosts of all schools' devices.csv, loaded again when a file changes, and the client behind an
/// address.
package final class HostDirectory: Sendable {
    private let source: DevicesSource
    let addresses: AddressTable
    private let logger: Logger
    private let loaded: Mutex<LoadedDevices>

    /// - Parameter place: where `schools` is set, for problems with it.
    package init(schools: String, named place: SourceLocation? = nil, addresses: AddressTable, logger: Logger) {
        source = DevicesSource(folder: schools, named: place)
        self.addresses = addresses
        self.logger = logger
        loaded = Mutex(source.load(keeping: nil))
        report(problems)
    }

    /// As of the last look; `refresh` looks again.
    package var devices: Devices { loaded.withLock { $0.devices } }

    /// What is wrong in the files, by file and line.
    package var problems: [Problem] { loaded.withLock { $0.problems } }

    /// Loads what has changed since the last look; a few `stat` calls if nothing has. Called for every connection.
    package func refresh() {
        let stamp = source.stamp()
        let change: (hosts: Int, news: [Problem])? = loaded.withLock { loaded in
            guard loaded.stamp != stamp else { return nil }
            let before = loaded
            loaded = source.load(keeping: before)
            // A file that can't be read is tried at every look: that is no news.
            guard loaded.problems != before.problems || loaded.devices.hosts != before.devices.hosts else { return nil }
            let known = Set(before.problems)
            return (loaded.devices.hosts.count, loaded.problems.filter { !known.contains($0) })
        }
        guard let change else { return }
        logger.info("devices.csv changed: \(change.hosts) hosts")
        report(change.news)
    }

    /// The client behind an address: exactly by devices.csv, and for hosts with `DHCP` there by MAC, from the kernel's
    /// neighbour table or else the DHCP servers' lease files. Never by name, as reverse DNS can say anything.
    package func client(at address: IPAddress) -> Client {
        let devices = devices
        if let host = devices.host(at: address) {
            return Client(address: address, host: host, recognition: .address(host.source))
        }
        guard let sighting = addresses.mac(of: address) else {
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

    /// The MAC behind an address: as devices.csv has it, else as it was seen.
    package func mac(of address: IPAddress) -> MACAddress? {
        devices.host(at: address)?.mac ?? addresses.mac(of: address)?.mac
    }

    private func report(_ problems: [Problem]) {
        for problem in problems {
            switch problem.severity {
            case .error: logger.error("\(problem)")
            case .warning: logger.warning("\(problem)")
            }
        }
    }
}
