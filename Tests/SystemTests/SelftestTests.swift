import Foundation
import Testing

/// `linboctl selftest pxe`, as an admin runs it.
@Suite struct SelftestTests {
    private static var options: School.Options {
        var options = School.Options()
        options.startsDaemon = false
        options.extra = "dhcp:\n  server: dnsmasq\n  file: /tmp/unused\n  next-server: 10.76.1.1"
        return options
    }

    private static let menu = """
        serial --unit=0 --speed=115200
        terminal_output serial
        for card in net_pxe net_efinet0 net_default; do
          eval "set name=\\$${card}_hostname"
          if [ -n "$name" ]; then set host=$name; fi
        done
        echo "configured as $host"
        source /boot/grub/hostcfg/$host.cfg

        """

    private func writeTree(_ school: School) async throws {
        try school.setHosts([
            "r101;pc01;win11;52:54:00:00:00:01;10.76.3.11;;;;student;;1",
            "r101;pc02;win11;52:54:00:00:00:02;DHCP;;;;student;;1",
            "r101;printer;win11;52:54:00:00:00:03;10.76.3.12;;;;printer;;0",
        ])
        try school.write(Self.menu, to: "srv/boot/grub/grub.cfg")
        try school.write("echo hello\n", to: "srv/boot/grub/hostcfg/pc01.cfg")
        let made = try await Command.run(
            "/usr/bin/grub-mknetdir",
            [
                "--net-directory=\(school.tree.path)", "--subdir=boot/grub", "--fonts=", "--locales=", "--themes=",
                "--install-modules=normal configfile echo test serial terminal tftp net eval",
            ])
        try #require(made.status == 0, "\(made)")
    }

    @Test(.enabled(if: Lab.obstacle == nil, "as root, with /dev/net/tun"))
    func bootsAreShownAndAFailureLeavesItsScreen() async throws {
        try await School.open(Self.options) { school in
            try await writeTree(school)
            let before = try await school.fingerprint()
            let good = try await school.linboctl("selftest", "pxe", "--host", "pc01")
            #expect(good.status == 0, "\(good)")
            for text in [
                "DHCPACK(br0) 10.76.3.11 52:54:00:00:00:01 pc01", "boot/grub/i386-pc/core.0: delivered",
                "boot/grub/x86_64-efi/core.efi: delivered",  // A link to the group's.
                "boot/grub/hostcfg/pc01.cfg: delivered, 11 bytes",

                "pc01 (bios) boots", "pc01 (uefi) boots",
            ] {
                #expect(good.output.contains(text), "\(text): \(good)")
            }
            let screens = school.directory.path
            let bad = try await school.linboctl(
                "selftest", "pxe", "--host", "pc02", "--uefi", "--timeout", "30", "--screenshots", screens)
            #expect(bad.status == 1, "\(bad)")
            #expect(bad.errors.contains("not the configuration of pc02 or of group win11"))
            #expect(bad.errors.contains("configured as pc02"))
            let picture = try Data(contentsOf: URL(fileURLWithPath: "\(screens)/selftest-pc02-uefi.png"))
            #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            #expect(try await school.fingerprint() == before)
            let left = try await Command.run(Namespace.ip, ["netns", "list"])
            #expect(!left.output.contains("linbo-selftest-"), "\(left)")
        }
    }

    @Test(.enabled(if: Lab.obstacle == nil, "as root, with /dev/net/tun"))
    func hostsThatCannotBootAreTold() async throws {
        try await School.open(Self.options) { school in
            try await writeTree(school)
            for (host, text) in [("pc1", "did you mean pc01?"), ("printer", "its PXE flag is 0")] {
                let result = try await school.linboctl("selftest", "pxe", "--host", host)
                #expect(result.status == 1 && result.errors.contains(text), "\(result)")
            }
        }
    }
}
