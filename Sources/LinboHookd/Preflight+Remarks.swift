import Glibc
import HookHost
import LinboModel
import LinuxKit
import TFTPTransport
import Uploads

extension Preflight {
    /// What keeps the daemon from nothing, but clients from something.
    static func remarks(_ config: Config, _ hosts: HostDirectory) -> [Problem] {
        identity(config) + sharedGroup(config) + secrets(config) + space(config) + setup(config) + listen(config)
            + newcomers(config, hosts)
    }

    // MARK: rsyncd

    /// rsyncd ends each transfer of a module whose user it does not know. It takes numbers, too.
    private static func identity(_ config: Config) -> [Problem] {
        let (user, group) = (config.rsync.user, config.rsync.group)
        var problems: [Problem] = []
        if UInt32(user) == nil, getpwnam(user) == nil {
            problems.append(
                problem(
                    config, "rsync.user",
                    "rsync.user '\(user)' is no user of this machine: rsyncd would refuse all PCs",
                    fix: "name one that `getent passwd` shows, usually nobody"))
        }
        if UInt32(group) == nil, getgrnam(group) == nil {
            problems.append(
                problem(
                    config, "rsync.group",
                    "rsync.group '\(group)' is no group of this machine: rsyncd would refuse all PCs",
                    fix: "name one that `getent group` shows, usually nogroup"))
        }
        return problems
    }

    /// `strict modes` of rsyncd.conf(5), which is on by default.
    private static func secrets(_ config: Config) -> [Problem] {
        let file = config.rsync.secrets
        func refused(_ why: String, fix: String) -> [Problem] {
            [problem(config, "rsync.secrets", "rsyncd refuses all uploads: \(why)", fix: fix, .warning)]
        }
        guard let status = FileStatus(followingLinks: file) else {
            return refused(
                "\(SystemError("stat", file))", fix: "write `linbo:PASSWORD` into it, and `chmod 600 \(file)`")
        }
        guard status.mode & 0o006 == 0 else {
            return refused("others may read or write \(file)", fix: "chmod 600 \(file)")
        }
        guard geteuid() != 0 || status.owner == 0 else {
            return refused("\(file) is not root's", fix: "chown root \(file)")
        }
        return []
    }

    private static func newcomers(_ config: Config, _ hosts: HostDirectory) -> [Problem] {
        // To whom the state is closed, that file is too; it says nothing of the daemon.
        if let fault = hosts.newcomers?.fault, access(config.state, R_OK | X_OK) == 0 {
            return [
                problem(config, "state", fault, fix: "run linuxmuster-import-devices, then remove that file", .warning)
            ]
        }
        let waiting = hosts.newcomers?.waiting(in: hosts.devices) ?? []
        guard let first = waiting.first else { return [] }
        return [
            problem(
                config, "registration",
                "\(waiting.count) hosts registered themselves and get no secrets yet, \(first.name) the first of them",
                fix: "run linuxmuster-import-devices, or see `linboctl hosts list` and `linboctl hosts admit`",
                .warning)
        ]
    }

    private static func space(_ config: Config) -> [Problem] {
        guard let space = try? config.space, space.isTooLittle else { return [] }
        return [
            problem(
                config, "uploads.keep-free", "no upload is taken: \(space)",
                fix: "make space on the disk of \(config.linbo.root), such as by `linboctl images prune`", .warning)
        ]
    }

    // MARK: What clients are given

    /// Servers without linuxmuster have none, and name none.
    private static func setup(_ config: Config) -> [Problem] {
        let file = config.linbo.setup
        guard config.names("linbo.setup"), FileStatus(followingLinks: file) == nil else { return [] }
        return [
            problem(
                config, "linbo.setup", "\(SystemError("stat", file)): PCs get no domain's name",
                fix: "name linuxmuster's setup.ini, or take the line out", .warning)
        ]
    }

    /// What is made for one PC can be read by all processes of that group.
    private static func sharedGroup(_ config: Config) -> [Problem] {
        guard geteuid() == 0, config.rsync.group == RsyncSection.sharedGroup else { return [] }
        return [
            problem(
                config, "rsync.group",
                "made files are readable by group \(config.rsync.group), which other services have, too",
                fix: "groupadd --system \(RsyncSection.ownGroup), include `linboctl rsyncd-conf` anew in rsyncd.conf, "
                    + "and restart linbo-hookd", .warning)
        ]
    }

    /// Warnings, as sockets of systemd's take the place of these.
    private static func listen(_ config: Config) -> [Problem] {
        let addresses = config.tftp.listen
        return addresses.indices.compactMap { index in
            let address = addresses[index]
            func remark(_ what: String, fix: String) -> Problem {
                problem(config, "tftp.listen.\(index)", what, fix: fix, .warning)
            }
            if let other = addresses[..<index].first(where: { $0.overlaps(address) }) {
                return remark("\(other) and \(address) overlap and can't both be bound", fix: "keep one of them")
            }
            guard isForeign(address) else { return nil }
            return remark(
                "no network card of this machine has \(address.address)", fix: "name one that `ip address` shows")
        }
    }

    private static func isForeign(_ address: ListenAddress) -> Bool {
        do throws(SystemError) {
            close(try UDPSocket(binding: ListenAddress(address: address.address, port: 0), sharing: .none).descriptor)
            return false
        } catch {
            return error.code == EADDRNOTAVAIL
        }
    }
}

extension ListenAddress {
    /// Whether both can't be bound: 0.0.0.0 includes all IPv4 addresses, [::] all of IPv6.
    fileprivate func overlaps(_ other: ListenAddress) -> Bool {
        guard port == other.port, port != 0, address.isIPv4 == other.address.isIPv4 else { return false }
        return address == other.address || [address, other.address].contains { $0.bytes.allSatisfy { $0 == 0 } }
    }
}
