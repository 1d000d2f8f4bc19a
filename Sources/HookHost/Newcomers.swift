import Foundation
import Glibc
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
/// devices.csv count as they stand. A file that is there and can't be read takes no doubt away from anybody.
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

    /// What a look at the file came to.
    private enum Look {
        case known(Content)
        /// The file can't be read; what it held before counts.
        case kept(Content, why: String)
        /// Nothing is known of what it held; nobody registered after `last`, milliseconds since 1970.
        case lost(why: String, last: Int64)
    }

    /// Absolute: `registered.json` of the state directory.
    package let file: String
    private let menus: String
    private let cache = Mutex<(status: FileStatus, content: Content)?>(nil)

    /// In bytes.
    package static let sizeLimit = 16 << 20

    /// - Parameters:
    ///   - state: the directory of the daemon's state.
    ///   - root: the tree.
    package init(state: String, root: String) {
        file = "\(state)/registered.json"
        menus = "\(root)/boot/grub/hostcfg"
    }

    /// Read again when the file is another one. While it can't be read: what it held before, as far as this process
    /// knows.
    package var content: Content {
        switch look() {
        case .known(let content), .kept(let content, _): content
        case .lost: Content()
        }
    }

    /// Why the file can't be read, and what counts meanwhile; nil if it can, or if there is none.
    package var fault: String? {
        switch look() {
        case .known: nil
        case .kept(_, let why): "\(why); those who waited before wait on"
        case .lost(let why, _):
            "\(why); which hosts registered themselves is not known, so those alone get secrets that were imported since"
        }
    }

    private func look() -> Look {
        let status = FileStatus(at: file)
        let code = errno
        return cache.withLock { cache in
            guard let status else {
                if code == ENOENT || code == ENOTDIR {
                    cache = nil
                    return .known(Content())
                }
                let why = "\(SystemError("stat", file, code: code))"
                return cache.map { .kept($0.content, why: why) } ?? .lost(why: why, last: .max)
            }
            if let cache, cache.status.isUnchanged(from: status) { return .known(cache.content) }
            do {
                let (bytes, read) = try FileBytes.read(file, limit: Self.sizeLimit)
                let content = try JSONDecoder().decode(Content.self, from: Data(bytes))
                cache = (read, content)
                return .known(content)
            } catch {
                let why = error is DecodingError ? "\(file) is broken" : "\(error)"
                return cache.map { .kept($0.content, why: why) } ?? .lost(why: why, last: status.changedMilliseconds)
            }
        }
    }

    /// Why it is not certain that an admin wants a host; nil if it is.
    package func doubt(about host: LinboModel.Host) -> String? {
        switch look() {
        case .known(let content), .kept(let content, _): return waiting(host, content)?.waits
        case .lost(let why, let last):
            let name = host.name.description
            if isImported(name, since: last) { return nil }
            return "\(why), so \(name) may have registered itself: run linuxmuster-import-devices, then remove the file"
        }
    }

    /// The registration of a host that no admin has taken in yet; nil for all others.
    package func waiting(_ host: LinboModel.Host) -> Newcomer? { waiting(host, content) }

    private func waiting(_ host: LinboModel.Host, _ content: Content) -> Newcomer? {
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
    package func isImported(_ newcomer: Newcomer) -> Bool { isImported(newcomer.name, since: newcomer.at) }

    private func isImported(_ name: String, since time: Int64) -> Bool {
        [name, name.lowercased()].contains { name in
            FileStatus(at: "\(menus)/\(name).cfg").map { $0.changedMilliseconds >= time } ?? false
        }
    }
}

extension FileStatus {
    /// Since 1970.
    fileprivate var changedMilliseconds: Int64 { changed * 1000 + changedNanoseconds / 1_000_000 }
}
