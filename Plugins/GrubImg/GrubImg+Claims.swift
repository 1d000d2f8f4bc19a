import HookHost
import LinboModel
import LinuxKit

extension GrubImg {
    /// Modules, fonts and iPXE only as far as the tree lacks them at the start: what nobody claims TFTP sends the
    /// fastest.
    static func claims(_ settings: GrubSettings, _ tree: Tree) -> [PathPattern] {
        var claims: [PathPattern] = [
            "boot/grub/*.cfg", "boot/grub/hostcfg/*", "boot/grub/spool/*", "**/*.reboot", "boot.ipxe",
        ]
        for platform in Platform.allCases {
            let directory = "boot/grub/\(platform.rawValue)"
            if has("\(directory)/normal.mod", tree) {
                claims += ["grub.cfg", platform.coreName].map { PathPattern("\(directory)/\($0)") }
            } else {
                claims.append(PathPattern("\(directory)/*"))
            }
        }
        for file in ["boot/grub/fonts/unicode.pf2", "boot/grub/ipxe.efi", "boot/grub/ipxe.lkrn"] where !has(file, tree)
        {
            claims.append(PathPattern(file))
        }
        if settings.secureBoot {
            claims += ["grub/grub.cfg", "grub/x86_64-efi/*", "boot/grub/x86_64-efi/*.efi"]
            claims += SecureBoot.names.map { PathPattern($0) }
        }
        return claims
    }

    /// What is missing to boot PCs: of each platform that DHCP may send PCs to, a core image in the tree, or GRUB.
    static func obstacles(_ settings: GrubSettings, _ directory: GrubDirectory, _ tree: Tree) -> [Problem] {
        var problems: [Problem] = []
        func add(_ place: String, _ what: String, fix: String) {
            problems.append(
                Problem(location: SourceLocation(file: place, line: 1), what: what, fix: fix, severity: .warning))
        }
        let made = [Platform.bios, .efi64].filter { !has("boot/grub/\($0.rawValue)/\($0.coreName)", tree) }
        for platform in made where !directory.has(platform) {
            add(
                directory.directory(of: platform), "no GRUB for \(platform.rawValue)",
                fix: "apt-get install grub-common \(platform.package)")
        }
        if !made.isEmpty, made.allSatisfy(directory.has) {
            if !directory.hasProgram {
                add(directory.program, "it is not there", fix: "apt-get install grub-common")
            } else if let failure = directory.programFailure {
                add(
                    directory.program, "no image can be made: \(failure)",
                    fix: "reinstall grub-common, or set grub-mkimage to the right program")
            }
        }
        guard settings.secureBoot else { return problems }
        for name in ["shimx64.efi", "grubx64.efi"] where !has("boot/grub/x86_64-efi/\(name)", tree) {
            guard case .shipped(let places, let package) = SecureBoot.file(name, grub: settings.grub),
                !places.contains(where: { FileIdentity(ofFileAt: $0) != nil })
            else { continue }
            add(places[0], "secure-boot is on, and it is not there", fix: "apt-get install \(package)")
        }
        return problems
    }

    private static func has(_ path: String, _ tree: Tree) -> Bool {
        FileIdentity(ofFileAt: "\(tree.root)/\(path)") != nil
    }
}
