import HookHost
import LinboModel

/// What a path means to this plugin.
enum AskedFile: Equatable {
    /// `boot/grub/grub.cfg`
    case mainConfig
    /// `boot/grub/<platform>/grub.cfg`
    case platformConfig
    /// `boot/grub/<group>.cfg`; nil: `.cfg`, by a GRUB that was told no group.
    case groupConfig(GroupName?)
    /// `boot/grub/hostcfg/<host>.cfg`; nil: `.cfg`, by a GRUB that knows no name.
    case hostConfig(HostName?)
    /// `boot/grub/hostcfg/<host>.img` by its group's SystemType, or `.0`, `.efi`, … for a platform.
    case hostImage(HostName, Platform?)
    /// `boot/grub/spool/<host>.<group>.grub.cfg`
    case localConfig(HostName, GroupName)
    /// `boot/grub/spool/<host>.reboot`; nil: `.reboot`, as GRUB of UEFI asks (docs/linbo.md#grub-over-tftp).
    case reboot(HostName?)
    /// `(hd0,1)#kernel#initrd#append#.reboot`
    case rebootTrigger
    case core(Platform)
    case ipxeScript
    /// A file of a Debian package, by its places on this server.
    case shipped([String], package: String)

    init?(_ path: TreePath, _ settings: GrubSettings) {
        let name = path.name
        switch path.parent.text {
        case "boot/grub/hostcfg": self.init(hostFile: name)
        case "boot/grub/spool" where name.hasSuffix(".reboot") && !name.contains("#"): self.init(reboot: name)
        case "boot/grub/spool" where name.hasSuffix(".grub.cfg"): self.init(localConfig: name)
        case _ where name.hasSuffix("#.reboot"): self = .rebootTrigger
        case "boot/grub": self.init(grubFile: name)
        case "boot/grub/fonts" where name == "unicode.pf2":
            self = .shipped(["/usr/share/grub/unicode.pf2"], package: "grub-common")
        case "" where name == "boot.ipxe": self = .ipxeScript
        // Where shim looks when DHCP has the boot file's name in an option alone.
        case "" where settings.secureBoot:
            guard let signed = SecureBoot.file(name, grub: settings.grub) else { return nil }
            self = signed
        case "grub" where settings.secureBoot && name == "grub.cfg": self = .mainConfig
        case "grub/x86_64-efi" where settings.secureBoot:
            self.init(platformFile: name, .efi64, settings)
        case let directory:
            guard let platform = Platform.allCases.first(where: { directory == "boot/grub/\($0.rawValue)" }) else {
                return nil
            }
            self.init(platformFile: name, platform, settings)
        }
    }

    private init?(hostFile name: String) {
        if name == ".cfg" {
            self = .hostConfig(nil)
            return
        }
        // A host's name has no dot.
        guard let dot = name.firstIndex(of: "."), let host = HostName(name[..<dot]) else { return nil }
        switch String(name[dot...]) {
        case ".cfg": self = .hostConfig(host)
        case ".img": self = .hostImage(host, nil)
        case let suffix:
            guard let platform = Platform.allCases.first(where: { $0.imageSuffix == suffix }) else { return nil }
            self = .hostImage(host, platform)
        }
    }

    private init?(reboot name: String) {
        let stem = name.dropLast(".reboot".count)
        guard !stem.isEmpty else {
            self = .reboot(nil)
            return
        }
        guard let host = HostName(stem) else { return nil }
        self = .reboot(host)
    }

    /// A group's name may have dots (defect 30, docs/linbo.md#defects-of-the-old-hooks).
    private init?(localConfig name: String) {
        let stem = name.dropLast(".grub.cfg".count)
        guard let dot = stem.firstIndex(of: "."), let host = HostName(stem[..<dot]),
            let group = GroupName(stem[stem.index(after: dot)...])
        else { return nil }
        self = .localConfig(host, group)
    }

    private init?(grubFile name: String) {
        switch name {
        case "grub.cfg": self = .mainConfig
        case ".cfg": self = .groupConfig(nil)
        case "ipxe.efi", "ipxe.lkrn": self = .shipped(["/boot/\(name)", "/usr/lib/ipxe/\(name)"], package: "ipxe")
        default:
            guard name.hasSuffix(".cfg"), let group = GroupName(name.dropLast(".cfg".count)) else { return nil }
            self = .groupConfig(group)
        }
    }

    private init?(platformFile name: String, _ platform: Platform, _ settings: GrubSettings) {
        if name == "grub.cfg" {
            self = .platformConfig
        } else if name == platform.coreName {
            self = .core(platform)
        } else if settings.secureBoot, platform == .efi64, let signed = SecureBoot.file(name, grub: settings.grub) {
            self = signed
        } else if name.hasSuffix(".mod") || name.hasSuffix(".lst") {
            self = .shipped(["\(settings.grub)/\(platform.rawValue)/\(name)"], package: platform.package)
        } else {
            return nil
        }
    }
}

/// Debian's signed chain: the firmware loads shim, shim loads GRUB from the same directory, by this name.
enum SecureBoot {
    static let names = ["shimx64.efi", "mmx64.efi", "grubx64.efi"]

    static func file(_ name: String, grub: String) -> AskedFile? {
        switch name {
        case "shimx64.efi": .shipped(["/usr/lib/shim/shimx64.efi.signed"], package: "shim-signed")
        case "mmx64.efi": .shipped(["/usr/lib/shim/mmx64.efi.signed"], package: "shim-signed")
        case "grubx64.efi":
            .shipped(["\(grub)/x86_64-efi-signed/grubnetx64.efi.signed"], package: "grub-efi-amd64-signed")
        default: nil
        }
    }
}
