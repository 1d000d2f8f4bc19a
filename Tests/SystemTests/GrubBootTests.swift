import Foundation
import GrubImg
import HookStore
import LinboModel
import OnbootCmd
import Testing

/// PCs boot with what grub-img makes: GRUB's own words are the kernel's command line, on the serial console.
// As root, with /dev/net/tun: QEMU's network card is on a bridge in a network namespace.
@Suite(.enabled(if: Lab.obstacle == nil, "as root, with /dev/net/tun"), .serialized) struct GrubBootTests {
    private static let started = "Kernel command line"

    private static func options(_ settings: String = "") -> School.Options {
        var options = GrubFileTests.options(settings)
        options.tftp = "  listen: [\"\(Lab.server):69\"]"
        options.plugins += "  - onboot-cmd\n"
        options.startsDaemon = false
        return options
    }

    /// A group for each machine, so that each has options of its own.
    private static func prepare(_ school: School, _ machines: [Lab.Machine]) async throws {
        try school.setHosts(machines.map { $0.row(key: "") })
        for machine in machines {
            let type = machine.firmware == .bios ? "bios64" : "efi64"
            try school.write(
                """
                [LINBO]
                Cache = /dev/sda1
                SystemType = \(type)
                KernelOptions = console=ttyS0 dhcpretry=9 for=pc0\(machine.number) odd=a|b
                [Partition]
                Dev = /dev/sda1
                Label = cache
                [OS]
                Name = Windows 11
                BaseImage = win11.qcow2
                Root = /dev/sda1
                Kernel = auto
                Initrd =
                Append =
                [OS]
                Name = Debian
                BaseImage = debian.qcow2
                Root = /dev/sda1
                Kernel = boot/vmlinuz
                Initrd = linbofs64
                Append = console=ttyS0 by=start

                """, to: "srv/start.conf.\(machine.group)")
        }
        unlink(school.tree.path + "/boot/grub/hostcfg/pc01.cfg")
        try await Lab.makeClient(in: school.tree.path)
    }

    private static func commandLine(_ console: String) -> Substring? {
        console.split(separator: "\n").first { $0.contains("Command line: ") }
    }

    /// The paths that a host asked for, in order, with doubles and without modules' lists.
    private static func asked(_ school: School, _ host: String) async throws -> [String] {
        try await school.tftpAudit().filter { $0.host == host && !$0.path.hasSuffix(".lst") }.map(\.path)
    }

    @Test("the whole way of a client, by BIOS and by UEFI: kernel, start.conf and boot command, each its own")
    func wholeWay() async throws {
        let machines = [
            Lab.Machine(number: 1, firmware: .bios, group: "one"),
            Lab.Machine(number: 2, firmware: .uefi, group: "two"),
        ]
        try await School.open(Self.options()) { school in
            try await Self.prepare(school, machines)
            let before = try await school.fingerprint()
            try await Lab.open(school) { lab in
                try await school.startDaemon(in: lab.namespace)
                for (host, command) in [("pc01", "sync:1"), ("pc02", "start:1")] {
                    #expect(try await school.linboctl("onboot", "add", host, command).status == 0)
                }
                try await lab.startRsyncd(school)
                try await lab.startDHCP(for: machines)
                try await together(2, at: 2) { number in
                    let machine = machines[number]
                    let console = try await lab.boot(machine, until: "tiny-client: all is done")
                    for text in [
                        "dhcpretry=9 for=pc0\(machine.number) odd=a|b netboot\n",
                        "tiny-client: pc0\(machine.number) of group \(machine.group) at \(Lab.server)\n",
                        "start.conf: KernelOptions = console=ttyS0 dhcpretry=9 for=pc0\(machine.number) odd=a|b\n",
                        "tiny-client: command \(["sync:1", "start:1"][number])\n",
                    ] { #expect(console.contains(text), "\(text)\n\(console)") }
                }
                #expect(
                    try await Self.asked(school, "pc01") == [
                        "boot/grub/i386-pc/core.0", "boot/grub/grub.cfg", "boot/grub/spool/pc01.reboot",
                        "boot/grub/hostcfg/pc01.cfg", "boot/grub/hostcfg/pc01.cfg", "linbo64", "linbofs64",
                    ])
                try await eventually("both commands are delivered") {
                    try await school.onboot().map(\.state) == [.delivered, .delivered]
                }
            }
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("the image of a PC does what its configuration says, by BIOS and by UEFI; iPXE's script leads to GRUB")
    func images() async throws {
        let machines = [
            Lab.Machine(number: 3, firmware: .bios, bootFile: "boot/grub/hostcfg/pc03.img", group: "three"),
            Lab.Machine(number: 4, firmware: .uefi, bootFile: "boot/grub/hostcfg/pc04.img", group: "four"),
            Lab.Machine(number: 5, firmware: .bios, bootFile: "boot.ipxe", group: "five"),
        ]
        try await School.open(Self.options()) { school in
            try await Self.prepare(school, machines)
            // A PC that no devices.csv knows goes by the group that DHCP tells it.
            try school.setHosts(machines.dropLast().map { $0.row(key: "") })
            try await Lab.open(school) { lab in
                try await school.startDaemon(in: lab.namespace)
                try await lab.startDHCP(for: machines)
                try await together(3, at: 2) { number in
                    let machine = machines[number]
                    let console = try await lab.boot(machine, until: Self.started)
                    let line = try #require(Self.commandLine(console), "\(console)")
                    #expect(line.hasSuffix("dhcpretry=9 for=pc0\(machine.number) odd=a|b netboot"), "\(line)")
                }
                try await Self.checkImages(school)
                try await Self.checkUnknown(school, machines[2].address)
            }
        }
    }

    /// Nothing is asked but what LINBO wants booted once, and LINBO.
    private static func checkImages(_ school: School) async throws {
        for host in ["pc03", "pc04"] {
            let image = "boot/grub/hostcfg/\(host).img"
            let asked = try await asked(school, host).filter { !$0.hasSuffix(".mod") }
            #expect(asked.first == image)
            // UEFI asks for the size first.
            let others = asked.filter { $0 != image }
            #expect(others == ["boot/grub/spool/.reboot", "linbo64", "linbofs64"])
        }
    }

    /// iPXE's script, GRUB, and the menu of the group that DHCP tells.
    private static func checkUnknown(_ school: School, _ address: String) async throws {
        let entries = try await school.tftpAudit().filter { $0.address == address && !$0.path.hasSuffix(".lst") }
        let steps = entries.filter { $0.decision != .missing && $0.decision != .hidden }.map(\.path)
        #expect(
            steps == [
                "boot.ipxe", "boot/grub/i386-pc/core.0", "boot/grub/grub.cfg", "boot/grub/five.cfg",
                "boot/grub/five.cfg",
                "linbo64", "linbofs64",
            ], "\(entries.map { "\($0.path) \($0.decision) \($0.outcome)" })")
        // GRUB closes a file that it only looks at.
        #expect(Set(entries.filter { $0.outcome == .delivered }.map(\.path)) == Set(steps))
        let hidden = entries.filter { $0.decision == .hidden }.map(\.path)
        #expect(hidden.contains("boot/grub/hostcfg/pc05.cfg"), "\(entries.map { "\($0.path) \($0.decision)" })")
    }

    @Test("a kernel that LINBO asked for is booted once, then LINBO from the disk; a system starts from its menu entry")
    func reboots() async throws {
        var machines = [
            Lab.Machine(number: 6, firmware: .bios, group: "six"),
            Lab.Machine(number: 7, firmware: .uefi, group: "seven"),
        ]
        try await School.open(Self.options()) { school in
            try await Self.prepare(school, machines)
            for index in machines.indices { machines[index].disk = try await Self.disk(index, school) }
            try await Lab.open(school) { [machines] lab in
                try await school.startDaemon(in: lab.namespace)
                try await lab.startRsyncd(school)
                try await lab.startDHCP(for: machines)
                for machine in machines {
                    let trigger = "(hd0,1)#boot/vmlinuz#linbofs64#console=ttyS0 once=pc0\(machine.number)#.reboot"
                    #expect(try await lab.pull(trigger, as: machine, into: school.directory.path).status == 23)
                }
                try await together(2, at: 2) { number in
                    let machine = machines[number]
                    for expected in [
                        "(hd0,1)/boot/vmlinuz console=ttyS0 once=pc0\(machine.number)",
                        "(hd0,msdos1)/linbo64 console=ttyS0 dhcpretry=9 for=pc0\(machine.number) odd=a|b localboot",
                    ] { try await Self.boot(machine, lab, expecting: expected) }
                }
                let list = try await school.linboctl("grub-img", "reboots", "--all", "--json")
                let entries = try JSONDecoder().decode([RebootEntry].self, from: Data(list.output.utf8))
                #expect(entries.map(\.state) == [.done, .done])
                // The host's menu, as made, with another entry chosen; now it is the tree's own.
                let menu = "boot/grub/hostcfg/pc06.cfg"
                #expect(try await lab.pull(menu, as: machines[0], into: school.directory.path).status == 0)
                let chosen = try school.read("pc06.cfg").replacing("set default=0\n", with: "set default=5\n")
                try school.write(chosen, to: "srv/\(menu)")
                try await Self.boot(
                    machines[0], lab, expecting: "/boot/vmlinuz console=ttyS0 by=start root=LABEL=cache")
            }
        }
    }

    @Test("what LINBO noted on the disk is started once: Windows by BIOS and UEFI, by its label; then LINBO again")
    func windowsOnce() async throws {
        var machines = [
            Lab.Machine(number: 11, firmware: .bios, group: "nine"),
            Lab.Machine(number: 12, firmware: .uefi, group: "ten"),
        ]
        try await School.open(Self.options()) { school in
            try await Self.prepare(school, machines)
            for index in machines.indices {
                machines[index].disk = try await Self.windowsDisk(machines[index], school)
            }
            try await Lab.open(school) { [machines] lab in
                try await school.startDaemon(in: lab.namespace)
                try await lab.startRsyncd(school)
                try await lab.startDHCP(for: machines)
                try await together(2, at: 2) { number in
                    let machine = machines[number]
                    let console = try await lab.boot(machine, until: "WINDOWS IS THERE")
                    #expect(console.contains("WINDOWS IS THERE"), "\(console)")
                    try await Self.boot(
                        machine, lab,
                        expecting:
                            "(hd0,msdos1)/linbo64 console=ttyS0 dhcpretry=9 for=pc0\(machine.number) odd=a|b localboot")
                }
            }
        }
    }

    @Test("the kernel of an ISO on the disk is started once, by BIOS and UEFI")
    func isoOnce() async throws {
        var machines = [
            Lab.Machine(number: 14, firmware: .bios, group: "twelve"),
            Lab.Machine(number: 15, firmware: .uefi, group: "thirteen"),
        ]
        try await School.open(Self.options()) { school in
            try await Self.prepare(school, machines)
            for index in machines.indices { machines[index].disk = try await Self.isoDisk(machines[index], school) }
            try await Lab.open(school) { [machines] lab in
                try await school.startDaemon(in: lab.namespace)
                try await lab.startRsyncd(school)
                try await lab.startDHCP(for: machines)
                try await together(2, at: 2) { number in
                    let machine = machines[number]
                    for expected in [
                        "/casper/vmlinuz console=ttyS0 from=iso",
                        "(hd0,msdos1)/linbo64 console=ttyS0 dhcpretry=9 for=pc0\(machine.number) odd=a|b localboot",
                    ] { try await Self.boot(machine, lab, expecting: expected) }
                }
            }
        }
    }

    @Test("and so does the grub.cfg that LINBO puts on the disk: Windows, an ISO", arguments: [false, true])
    func onceFromTheDisk(_ isISO: Bool) async throws {
        var machine = Lab.Machine(number: 13, firmware: .bios, group: "eleven")
        try await School.open(Self.options()) { school in
            try await Self.prepare(school, [machine])
            let local = try String(
                contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                    .deletingLastPathComponent().appending(path: "etc/grub/local.cfg"), encoding: .utf8)
            try school.write(
                local.replacing("@@kernel_options@@", with: "console=ttyS0 from=disk"),
                to: "\(isISO ? "iso" : "windows")13/boot/grub/grub.cfg")
            machine.disk = try await isISO ? Self.isoDisk(machine, school) : Self.windowsDisk(machine, school)
            try school.write(
                "search --no-floppy --set=root --file /start.conf\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n",
                to: "srv/boot/grub/grub.cfg")
            try await Lab.open(school) { [machine] lab in
                try await school.startDaemon(in: lab.namespace)
                try await lab.startDHCP(for: [machine])
                if isISO {
                    try await Self.boot(machine, lab, expecting: "/casper/vmlinuz console=ttyS0 from=iso")
                } else {
                    let console = try await lab.boot(machine, until: "WINDOWS IS THERE")
                    #expect(console.contains("WINDOWS IS THERE"), "\(console)")
                }
                try await Self.boot(machine, lab, expecting: "/linbo64 console=ttyS0 from=disk localboot")
            }
        }
    }

    /// A disk as LINBO 7.4 leaves it before Windows: `reboot_kernel=/auto`, the label, and a disk's number that is
    /// wrong by now. Its loaders say that they are there, and no more.
    private static func windowsDisk(_ machine: Lab.Machine, _ school: School) async throws -> String {
        let directory = "windows\(machine.number)"
        try school.write("start.conf", to: "\(directory)/start.conf")
        for name in ["linbo64", "linbofs64"] {
            try FileManager.default.copyItem(
                at: school.tree.appendingPathComponent(name),
                to: school.directory.appendingPathComponent("\(directory)/\(name)"))
        }
        // In real mode: each letter to the first serial port, then stop.
        let words = Array("WINDOWS IS THERE\r\n".utf8)
        let code: [UInt8] =
            [
                0x0E, 0x1F, 0xBA, 0xF8, 0x03, 0xBE, 0x14, 0x00, 0xAC, 0x84, 0xC0, 0x74, 0x03, 0xEE, 0xEB, 0xF8, 0xF4,
                0xEB,
            ]
            + [0xFD, 0x90]
        try school.write(code + words + [0], to: "\(directory)/bootmgr")
        let efi = "\(directory)/EFI/Microsoft/Boot/bootmgfw.efi"
        try school.write(
            "serial --unit=0\nterminal_output serial\necho WINDOWS IS THERE\nsleep 60\n", to: "\(directory).cfg")
        try school.write([], to: efi)
        let made = try await Command.run(
            "/usr/bin/grub-mkimage",
            [
                "-O", "x86_64-efi", "-p", "/none", "-c", school.directory.path + "/\(directory).cfg", "-o",
                school.directory.path + "/" + efi, "serial", "terminal", "echo", "sleep", "normal",
            ])
        try #require(made.status == 0, "\(made)")
        return try await noted(["reboot_grub=(hd7,7)", "reboot_label=cache", "reboot_kernel=/auto"], directory, school)
    }

    /// A disk as LINBO leaves it before a live system that lies there as an ISO.
    private static func isoDisk(_ machine: Lab.Machine, _ school: School) async throws -> String {
        let directory = "iso\(machine.number)"
        try school.write("start.conf", to: "\(directory)/start.conf")
        try school.write([], to: "\(directory).content/casper/none")
        for (name, target) in [
            ("linbo64", "\(directory)/linbo64"), ("linbofs64", "\(directory)/linbofs64"),
            ("linbo64", "\(directory).content/casper/vmlinuz"), ("linbofs64", "\(directory).content/casper/initrd"),
        ] {
            try FileManager.default.copyItem(
                at: school.tree.appendingPathComponent(name), to: school.directory.appendingPathComponent(target))
        }
        let made = try await Command.run(
            "/usr/bin/xorriso",
            [
                "-as", "mkisofs", "-R", "-o", "\(school.directory.path)/\(directory)/live.iso",
                "\(school.directory.path)/\(directory).content",
            ])
        try #require(made.status == 0, "\(made)")
        return try await noted(
            [
                "reboot_grub=(hd0,1)", "reboot_iso=live.iso", "reboot_kernel=casper/vmlinuz",
                "reboot_initrd=casper/initrd", "reboot_append=console=ttyS0 from=iso",
            ], directory, school)
    }

    /// A disk of a directory, with a note for GRUB's next start.
    private static func noted(_ note: [String], _ directory: String, _ school: School) async throws -> String {
        let block = school.directory.path + "/\(directory)/boot/grub/grubenv"
        try school.write([], to: "\(directory)/boot/grub/grubenv")
        for words in [["create"], ["set"] + note] {
            let done = try await Command.run("/usr/bin/grub-editenv", [block] + words)
            try #require(done.status == 0, "\(done)")
        }
        let file = "\(school.directory.path)/\(directory).img"
        try await Lab.makeDisk(file, of: "\(school.directory.path)/\(directory)")
        return file
    }

    /// With LINBO and a system's kernel on it.
    private static func disk(_ number: Int, _ school: School) async throws -> String {
        let directory = "disk\(number)"
        try school.write([], to: "\(directory)/boot/none")
        for (name, target) in [("linbo64", "linbo64"), ("linbo64", "boot/vmlinuz"), ("linbofs64", "linbofs64")] {
            try FileManager.default.copyItem(
                at: school.tree.appendingPathComponent(name),
                to: school.directory.appendingPathComponent("\(directory)/\(target)"))
        }
        let file = "\(school.directory.path)/\(directory).img"
        try await Lab.makeDisk(file, of: "\(school.directory.path)/\(directory)")
        return file
    }

    private static func boot(_ machine: Lab.Machine, _ lab: Lab, expecting options: String) async throws {
        let console = try await lab.boot(machine, until: started)
        let line = try #require(commandLine(console), "\(console)")
        #expect(line.hasSuffix("BOOT_IMAGE=\(options)"), "\(line)")
    }

    @Test("Secure Boot: Debian's shim and GRUB boot a signed kernel with the group's options")
    func secureBoot() async throws {
        let machine = Lab.Machine(
            number: 8, firmware: .secureboot, bootFile: "boot/grub/x86_64-efi/shimx64.efi", group: "eight")
        try await School.open(Self.options("secure-boot: true")) { school in
            try await Self.prepare(school, [machine])
            try await Lab.open(school) { lab in
                try await school.startDaemon(in: lab.namespace)
                try await lab.startDHCP(for: [machine])
                let console = try await lab.boot(machine, until: Self.started)
                #expect(console.contains("Secure Boot is enabled"), "\(console)")
                #expect(Self.commandLine(console)?.hasSuffix("for=pc08 odd=a|b netboot") == true, "\(console)")
            }
        }
    }
}
