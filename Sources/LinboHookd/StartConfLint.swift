import Glibc
import HookHost
import LinboModel
import LinuxKit
import Uploads

/// The start.conf of each group that a PC boots by, and what it leads to.
struct StartConfLint {
    private let config: Config
    private let devices: Devices
    private let reader: Reader

    private static let sizeLimit = 1 << 20

    init(_ config: Config, _ devices: Devices) {
        self.config = config
        self.devices = devices
        reader = config.rsync.readers.rsync
    }

    /// All are warnings: they keep some PCs from something, never all of them.
    func problems() -> [Problem] {
        var seen: Set<GroupName> = []
        let firsts = devices.hosts.filter { $0.pxe != 0 && seen.insert($0.group).inserted }
        return firsts.flatMap { look(at: $0) } + bootFiles()
    }

    /// - Parameter host: the first one of its group.
    private func look(at host: Host) -> [Problem] {
        let file = "\(config.linbo.root)/start.conf.\(host.group)"
        let place = SourceLocation(file: file, line: 1)
        guard let status = FileStatus(followingLinks: file) else { return [missing(host, SystemError("stat", file))] }
        guard reader.mayRead(status) else {
            return [warning(place, "its mode keeps PCs from reading it", "chmod 644 \(file)")]
        }
        do {
            let conf = StartConf(parsing: try FileBytes.read(followingLinks: file, limit: Self.sizeLimit), file: file)
            let minimal =
                conf.isMinimal
                ? [warning(place, "no section [OS]: LINBO's client does not take the file", "write one")] : []
            return minimal + conf.problems.map { warning($0.location, $0.what, $0.fix) }
                + conf.systems.compactMap(image)
        } catch {
            return [warning(place, "\(error)", "write it anew")]
        }
    }

    private func missing(_ host: Host, _ error: SystemError) -> Problem {
        let names = config.tree.names(in: .root).filter { $0.hasPrefix("start.conf.") }
        let groups = names.map { String($0.dropFirst("start.conf.".count)) }
        let nearest = nearestWord(to: host.group.description, in: groups).map { "; there is one of '\($0)'" } ?? ""
        return warning(
            host.source, "group \(host.group) has no start.conf: \(error)\(nearest)",
            "write that file, or correct the group")
    }

    private func image(of system: StartConf.OperatingSystem) -> Problem? {
        guard let text = system.baseImage else { return nil }
        guard let image = ImageName(text) else {
            return warning(
                system.location, "baseimage \(quoted(text)) is no name of an image",
                "write one such as win11.qcow2, of letters, digits, '-', '_' and '.'")
        }
        guard FileStatus(followingLinks: config.tree.absolute(image.path)) == nil else { return nil }
        return warning(
            system.location, "there is no \(image.path): its sync fails",
            "create and upload it, or correct baseimage")
    }

    /// What every PC fetches, on a server that boots some.
    private func bootFiles() -> [Problem] {
        guard FileStatus(at: "\(config.linbo.root)/boot/grub")?.kind == .directory else { return [] }
        return ["linbo64", "linbofs64"].compactMap { name in
            let file = "\(config.linbo.root)/\(name)"
            let place = SourceLocation(file: file, line: 1)
            guard let status = FileStatus(followingLinks: file) else {
                return warning(place, "\(SystemError("stat", file)): no PC starts LINBO", "run update-linbofs")
            }
            guard reader.mayRead(status), Reader.others.mayRead(status) else {
                return warning(place, "its mode keeps PCs from reading it", "chmod 644 \(file)")
            }
            return nil
        }
    }

    private func warning(_ place: SourceLocation, _ what: String, _ fix: String) -> Problem {
        Problem(location: place, what: what, fix: fix, severity: .warning)
    }
}
