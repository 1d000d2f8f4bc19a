import Foundation
package import LinboModel
import LinuxKit
import Synchronization

/// A host that registered itself: who knows the password for uploads can do so, and gains no rights by it until an
/// admin has taken the host in.
package struct Newcomer: Codable, Sendable, Hashable {
    /// Name of the school whose devices.csv has the row.
    package let school: String
    /// With the school's prefix.
    package let name: String
    /// As `MACAddress` writes it.
    package let mac: String
    /// nil: `DHCP`.
    package let address: String?
    /// Milliseconds since 1970.
    package let at: Int64
    /// Who sent the row: a host's name, or an address.
    package let by: String

    /// - Parameters:
    ///   - by: who sent the row: a host's name, or an address.
    ///   - at: milliseconds since 1970.
    package init(_ host: LinboModel.Host, by: String, at: Int64) {
        school = host.school.text
        name = host.name.description
        mac = host.mac.description
        address = host.address?.description
        self.at = at
        self.by = by
    }

    /// Whether this row is the one that was registered. One that an admin has changed since is the admin's.
    package func isRow(of host: LinboModel.Host) -> Bool {
        school == host.school.text && name == host.name.description && mac == host.mac.description
            && address == host.address?.description
    }
}

/// The hosts that registered themselves, from a file of the daemon's state. Without the file nobody waits: the rows of
/// devices.csv count as they stand.
package final class Newcomers: Sendable {
    /// What the file holds.
    package struct Content: Codable, Sendable, Equatable {
        /// Registrations that no import has confirmed, as far as the registrar knows.
        package var waiting: [Newcomer] = []
        /// Registrations of the last hour, whatever became of them.
        package var recent: [Newcomer] = []

        /// What counts without a file: nobody waits.
        package init() {}
    }

    /// Absolute: `registered.json` of the state directory.
    package let file: String
    private let menus: String
    private let cache = Mutex<(status: FileStatus, content: Content)?>(nil)

    /// - Parameters:
    ///   - state: the directory of the daemon's state.
    ///   - root: the tree.
    package init(state: String, root: String) {
        file = "\(state)/registered.json"
        menus = "\(root)/boot/grub/hostcfg"
    }

    /// Read again when the file is another one. What can't be read is none of ours.
    package var content: Content {
        guard let status = FileStatus(at: file) else { return Content() }
        return cache.withLock { cache in
            if let cache, cache.status.isUnchanged(from: status) { return cache.content }
            guard let (bytes, read) = try? FileBytes.read(file, limit: 16 << 20),
                let content = try? JSONDecoder().decode(Content.self, from: Data(bytes))
            else { return Content() }
            cache = (read, content)
            return content
        }
    }

    /// The registration of a host that no admin has taken in yet; nil for all others.
    package func waiting(_ host: LinboModel.Host) -> Newcomer? {
        content.waiting.first { $0.isRow(of: host) && !isImported($0) }
    }

    /// Those of `devices` that wait.
    package func waiting(in devices: Devices) -> [Newcomer] {
        let content = content
        guard !content.waiting.isEmpty else { return [] }
        return content.waiting.filter { newcomer in
            let host = HostName(newcomer.name).flatMap { devices.host(named: $0) }
            return host.map { newcomer.isRow(of: $0) } ?? false && !isImported(newcomer)
        }
    }

    /// `linuxmuster-import-devices` removes all links of `boot/grub/hostcfg` and makes one for each host of devices.csv
    /// that boots from the network (docs/linbo.md#import-of-devices). No client can write there, nobody can set the
    /// time of such a change, and an older link of that name is from before the registration.
    package func isImported(_ newcomer: Newcomer) -> Bool {
        [newcomer.name, newcomer.name.lowercased()].contains { name in
            guard let link = FileStatus(at: "\(menus)/\(name).cfg") else { return false }
            return link.changed * 1000 + link.changedNanoseconds / 1_000_000 >= newcomer.at
        }
    }
}
