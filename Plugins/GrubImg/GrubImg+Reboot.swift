import HookHost
import HookStore
import LinboModel
import LinuxKit
import Logging

/// Kernels that are booted once.
extension GrubImg {
    /// A client asks for it over rsync, right before it reboots, and expects nothing
    /// (docs/linbo.md#what-clients-break-on).
    func setReboot(_ request: Request) throws -> Resolution {
        guard let host = request.client.host else { return .hidden("an unknown client has no reboots") }
        guard request.transport == .rsync else { return .hidden("a reboot is asked for over rsync") }
        let wanted: RebootRequest
        do throws(RebootTrigger.Wrong) {
            wanted = try RebootTrigger.parse(request.path.text)
        } catch {
            return .hidden("no reboot: \(error)")
        }
        guard GrubEnvBlock.bytes(wanted) != nil else { return .hidden("no reboot: more than 1024 bytes") }
        guard request.intent == .fetch, request.manner == .byName else { return .hidden("a dry run sets no reboot") }
        if let doubt = context.hosts.doubt(about: request.client) { return .refused("no reboot: \(doubt)") }
        guard let reboots else { return .hidden("no reboot: the database can't be used") }
        guard !request.isAbandoned() else { return .hidden("nobody waits any more") }
        let now = UnixTime.now()
        let expires = now + Int64(settings.rebootExpires.components.seconds)
        let number = try reboots.set(host: host.name.description, wanted, expires: expires, now: now)
        return .hidden("reboot \(number) is set: \(wanted.grub) \(wanted.kernel)")
    }

    /// By its address a host is known, as GRUB of UEFI does not know its name.
    func reboot(of name: HostName?, _ request: Request) throws -> Resolution {
        guard let host = request.client.host else { return .hidden("an unknown client has no reboots") }
        guard name == nil || name == host.name else { return .hidden("not this host's reboot") }
        guard request.transport == .tftp, request.intent == .fetch else { return .hidden("GRUB fetches it over TFTP") }
        guard let reboots else { return .hidden("the database can't be used: reboots are held back") }
        guard !request.isAbandoned() else { return .hidden("nobody waits any more") }
        let (name, now) = (host.name.description, UnixTime.now())
        guard let waiting = try reboots.peek(host: name, now: now) else { return .hidden("no reboot waits") }
        if let doubt = context.hosts.doubt(about: request.client) {
            return .refused("reboot \(waiting.id) waits on: \(doubt)")
        }
        let entry = request.isProven ? try reboots.open(host: name, now: now) : waiting
        guard let entry, let bytes = GrubEnvBlock.bytes(entry.request) else { return .hidden("no reboot waits") }
        guard request.isProven else { return Resolution(.made(MadeContent(bytes, isOneShot: true))) }
        let remark = "reboot \(entry.id), opened \(entry.opens == 1 ? "to see it" : "to read it")"
        return Resolution(.made(MadeContent(bytes, isOneShot: true)), remarks: [remark])
    }

    /// A boot that has come past the file, or the next one: what GRUB had before is not shown to it again.
    func noteBootGoesOn(_ request: Request) async {
        guard let host = request.client.host, request.transport == .tftp, let reboots else { return }
        await request.whenProven { [logger = context.logger] in
            do {
                try reboots.goesOn(host: host.name.description, now: UnixTime.now())
            } catch {
                logger.error("plugin grub-img: the reboot of \(host.name): \(error)")
            }
        }
    }
}

extension AskedFile {
    /// Whether GRUB asks for it at a boot before a reboot's file, or after it.
    var isStepOfBoot: Bool {
        switch self {
        case .mainConfig, .platformConfig, .groupConfig, .hostConfig, .hostImage, .core, .ipxeScript: true
        case .localConfig, .reboot, .rebootTrigger, .shipped: false
        }
    }
}
