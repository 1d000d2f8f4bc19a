import Foundation
import FuzzKit
import HookTesting
import LinboModel
import Testing

@testable import GrubImg

@Suite struct MenuTests {
    @Test(arguments: Depth.allCases) func theMenuOfAGroup(_ depth: Depth) async throws {
        let desk = try Lab().desk()
        let text = try #require(try await desk.text("boot/grub/win11.cfg", as: 1, over: depth))
        // Whole, with every '=' (defect 29, docs/linbo.md#defects-of-the-old-hooks).
        #expect(text.contains("quiet dhcpretry=9 root=LABEL=x $linbo_mode"), "\(text)")
        for entry in [
            "menuentry LINBO", "menuentry 'Windows 11'' (Start)'", "menuentry 'Windows 11'' (Linbo-Start)'",
            "linbo linbocmd=start:1\n", "linbo linbocmd=sync:1,start:1\n", "linbo linbocmd=format:1,sync:1,start:1\n",
            "--class win11_start ", "--class win11_syncstart ", "--class win11_newstart ", "--label cache\n",
            "set linbo_disk=hd0,2;",
        ] {
            #expect(
                text.contains(entry) || text.contains(entry.replacing("LINBO", with: "'LINBO'")), "\(entry)\n\(text)")
        }
        #expect(try await grubComplaint(text) == nil)
        #expect(try await desk.text("boot/grub/win11.cfg", as: 1, over: depth) == text)
        #expect(try await desk.text("boot/grub/hostcfg/pc01.cfg", as: 1, over: depth) == text)
        // A client without a name or a group from DHCP is known by its address.
        #expect(try await desk.text("boot/grub/hostcfg/.cfg", as: 1, over: depth) == text)
        #expect(try await desk.text("boot/grub/.cfg", as: 1, over: depth) == text)
    }

    @Test func theTreesOwnComesFirst() async throws {
        let lab = try Lab()
        try lab.write("# by hand\n", to: "tree/boot/grub/win11.cfg")
        let desk = try lab.desk()
        #expect(try await desk.text("boot/grub/win11.cfg", as: 1) == "# by hand\n")
        // And is not overruled by what would be made for the host.
        #expect(try await desk.text("boot/grub/hostcfg/pc01.cfg", as: 1) == "# by hand\n")
        try lab.write("# pc01's\n", to: "tree/boot/grub/hostcfg/pc01.cfg")
        #expect(try await desk.text("boot/grub/hostcfg/pc01.cfg", as: 1) == "# pc01's\n")
        #expect(try await desk.text("boot/grub/hostcfg/pc02.cfg", as: 2) == "# by hand\n")
    }

    @Test func aLinkOfTheImporterToAMenuThatIsNotThere() async throws {
        let lab = try Lab()
        try lab.write("", to: "tree/boot/grub/hostcfg/readme")
        try FileManager.default.createSymbolicLink(
            atPath: "\(lab.directory)/tree/boot/grub/hostcfg/pc01.cfg", withDestinationPath: "../win11.cfg")
        let text = try await lab.desk().text("boot/grub/hostcfg/pc01.cfg", as: 1)
        #expect(text?.contains("linbocmd=sync:1,start:1") == true)
    }

    @Test(arguments: Depth.allCases) func nothingForOthers(_ depth: Depth) async throws {
        let desk = try Lab().desk()
        for (path, host) in [
            ("boot/grub/hostcfg/pc01.cfg", 2), ("boot/grub/hostcfg/pc01.cfg", 200), ("boot/grub/hostcfg/pc01.img", 2),
            ("boot/grub/hostcfg/pc01.efi", 200), ("boot/grub/spool/pc01.win11.grub.cfg", 2),
            // No start.conf; the PXE flag 0; names that are none.
            ("boot/grub/hostcfg/pc03.cfg", 3), ("boot/grub/nothing.cfg", 3), ("boot/grub/hostcfg/pc04.cfg", 4),
            ("boot/grub/hostcfg/pc04.img", 4), ("boot/grub/hostcfg/pc03.img", 3), ("boot/grub/hostcfg/pc0_1.cfg", 1),
            ("boot/grub/hostcfg/pc01.exe", 1),
        ] { #expect(try await desk.fetch(path, as: host, over: depth) == nil, "\(path) as \(host)") }
    }

    @Test func theLocalConfiguration() async throws {
        let lab = try Lab()
        try lab.write(Lab.startConf, to: "tree/start.conf.a.b")
        // One of another server's is not served.
        try lab.write("stale", to: "tree/boot/grub/spool/pc01.win11.grub.cfg")
        let desk = try lab.desk()
        let text = try #require(try await desk.text("boot/grub/spool/pc01.win11.grub.cfg", as: 1))
        #expect(text.contains("linux /linbo64 quiet dhcpretry=9 root=LABEL=x localboot\n"), "\(text)")
        #expect(try await grubComplaint(text) == nil)
        // A group with a dot (defect 30, docs/linbo.md#defects-of-the-old-hooks).
        #expect(try await desk.text("boot/grub/spool/pc01.a.b.grub.cfg", as: 1) == text)
        #expect(try await desk.fetch("boot/grub/spool/pc01.none.grub.cfg", as: 1) == nil)
    }

    @Test func hostileValuesStayValues() async throws {
        let lab = try Lab()
        let hostile = #"a|b; halt $root ${x} `y` it's "q r" "odd {z} } & < > \ ü # * ~"#
        try lab.write(
            """
            [LINBO]
            Cache = /dev/sda1'; halt
            KernelOptions = \(hostile)
            [Partition]
            Dev = /dev/sda1
            Label = \(hostile)
            [OS]
            Name = -x \(hostile)
            BaseImage = \(hostile)
            Root = /dev/sda1
            Kernel = \(hostile)
            Initrd = \(hostile)
            Append = \(hostile)

            """, to: "tree/start.conf.win11")
        let desk = try lab.desk()
        let text = try #require(try await desk.text("boot/grub/win11.cfg", as: 1))
        #expect(try await grubComplaint(text) == nil, "\(text)")
        #expect(text.contains(#"'a|b;' halt '$root' '${x}' '`y`' 'it'\''s' 'q r' "#), "\(text)")
        let local = try #require(try await desk.text("boot/grub/spool/pc01.win11.grub.cfg", as: 1))
        #expect(try await grubComplaint(local) == nil, "\(local)")
    }

    @Test func whateverAStartConfHoldsGRUBTakesTheMenu() async throws {
        var fuzz = Fuzz(
            "menu", texts: [Lab.startConf, Lab.startConf.replacing("Windows 11", with: "it's $x \"y\" {")],
            spice: "'\"$;|&{}()`\\#=\n[]")
        let template = try Template(parsing: DefaultTemplates.menu, file: "menu.cfg", known: BootMenu.names)
        let group = try #require(GroupName("win11"))
        // grub-script-check is a process: many menus go into one file.
        for _ in 0..<8 {
            let menus = (0..<50).map { _ in
                let conf = StartConf(parsing: fuzz.next(), file: "start.conf")
                return template.filled(
                    BootMenu(group: group, host: nil, startConf: conf, timeout: 5, theme: "linbo").values)
            }
            if try await grubComplaint(menus.joined()) == nil { continue }
            for menu in menus { #expect(try await grubComplaint(menu) == nil, "\(menu)") }
        }
    }

    @Test func theShippedTemplatesAreThoseOfEtc() async throws {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../etc/grub")
        for kind in TemplateSet.Kind.allCases {
            let text = try String(contentsOf: directory.appending(path: kind.rawValue), encoding: .utf8)
            #expect(text == kind.shipped, "\(kind)")
            let template = try Template(parsing: text, file: kind.rawValue, known: BootMenu.names)
            guard kind != .ipxe else { continue }
            #expect(try await grubComplaint(template.filled([:])) == nil, "\(kind)")
        }
    }
}
