import API
import Glibc
import LinuxKit
import NIOCore

/// Who is at the other end of a unix socket, by the kernel's word (SO_PEERCRED of unix(7)).
struct Peer: Sendable {
    let process: Int32
    let user: UInt32
    let group: UInt32

    init(process: Int32, user: UInt32, group: UInt32) {
        self.process = process
        self.user = user
        self.group = group
    }

    /// `struct ucred`, which the Glibc module leaves out.
    private struct Credentials: Sendable {
        var process: Int32 = 0
        var user: UInt32 = .max
        var group: UInt32 = .max
    }

    /// - Returns: nil if the channel is no unix socket.
    init?(of channel: any Channel) async {
        guard let provider = channel as? any SocketOptionProvider,
            let credentials: Credentials = try? await provider.unsafeGetSocketOption(
                level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
            ).get(), credentials.user != .max
        else { return nil }
        process = credentials.process
        user = credentials.user
        group = credentials.group
    }

    /// Root, the daemon's own user, and members of the group may ask.
    func mayAsk(group name: String) -> Bool {
        user == 0 || user == geteuid() || group == Accounts.number(of: name) || Accounts.isMember(user, of: name)
    }

    var actor: Actor {
        Actor(name: Accounts.name(of: user), login: login.map { Accounts.name(of: $0) })
    }

    /// Who logged in, whatever they have become since by sudo or su; nil: nobody did.
    private var login: UInt32? {
        ProcFile.read("/proc/\(process)/loginuid").flatMap { UInt32(String(decoding: $0, as: UTF8.self)) }.flatMap {
            $0 == .max ? nil : $0
        }
    }
}

/// The system's users and groups.
enum Accounts {
    static let sizeLimit = 16 << 10

    /// A user's name, or its number if it has none.
    static func name(of user: UInt32) -> String { entry(of: user)?.name ?? "\(user)" }

    static func isMember(_ user: UInt32, of group: String) -> Bool {
        guard let wanted = number(of: group), let account = entry(of: user) else { return false }
        return groups(of: account.name, account.group).contains(wanted)
    }

    /// All groups of a user: in a directory of a large school a teacher has one for each class and project.
    /// - Parameter room: for how many of them the first try is.
    static func groups(of name: String, _ primary: gid_t, room: Int32 = 256) -> [gid_t] {
        var room = room
        while true {
            var count = room
            var groups = [gid_t](repeating: 0, count: Int(room))
            if getgrouplist(name, primary, &groups, &count) >= 0 { return Array(groups.prefix(Int(count))) }
            // What it could not write it has counted.
            guard count > room, count <= mostGroups else { return [] }
            room = count
        }
    }

    /// NGROUPS_MAX of Linux: no process has more.
    private static let mostGroups: Int32 = 65_536

    /// - Parameter room: bytes for its members in the first try.
    /// - Returns: nil if there is no such group.
    static func number(of group: String, room: Int = sizeLimit) -> gid_t? {
        var entry = Glibc.group()
        var buffer = [CChar](repeating: 0, count: room)
        var found: UnsafeMutablePointer<Glibc.group>?
        let code = getgrnam_r(group, &entry, &buffer, buffer.count, &found)
        if code == ERANGE, room < 16 << 20 { return number(of: group, room: max(1, room) * 4) }
        guard code == 0, found != nil else { return nil }
        return entry.gr_gid
    }

    private static func entry(of user: UInt32) -> (name: String, group: gid_t)? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: sizeLimit) { buffer in
            guard let start = buffer.baseAddress, getpwuid_r(user, &entry, start, buffer.count, &found) == 0,
                found != nil, let name = entry.pw_name
            else { return nil }
            return (String(cString: name), entry.pw_gid)
        }
    }
}
