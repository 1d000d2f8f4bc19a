import Foundation
import HookStore
import LinboModel
import Testing

/// grub-img over rsync and TFTP: the same bytes, each host its own, made once.
@Suite struct GrubFileTests {
    static func options(_ settings: String = "") -> School.Options {
        var options = School.Options.withTFTP()
        options.plugins =
            "  - grub-img:\n      timeout: 0s\n" + settings.split(separator: "\n").map { "      \($0)\n" }.joined()
        return options
    }

    static let startConf = """
        [LINBO]
        Cache = /dev/sda2
        KernelOptions = quiet it's=9 $x;|
        [Partition]
        Dev = /dev/sda1
        Label = windows
        [Partition]
        Dev = /dev/sda2
        Label = cache
        [OS]
        Name = Windows 'n' $more
        BaseImage = win11.qcow2
        Root = /dev/sda1
        Kernel = auto
        Initrd =
        Append =

        """

    /// pc01 and pc02 are in group lab, whose menu nobody wrote.
    static func prepare(_ school: School, conf: String = startConf) throws {
        try school.setHosts((1...3).map { School.row($0).replacing(";win11;", with: ";lab;") })
        try school.write(conf, to: "srv/start.conf.lab")
        unlink(school.tree.path + "/boot/grub/hostcfg/pc01.cfg")
    }

    @Test func theSameBytesByBothWays() async throws {
        try await School.open(Self.options()) { school in
            try Self.prepare(school)
            let before = try await school.fingerprint()
            for path in [
                "boot/grub/hostcfg/pc01.cfg", "boot/grub/lab.cfg", "boot/grub/grub.cfg",
                "boot/grub/spool/pc01.lab.grub.cfg", "boot/grub/hostcfg/pc01.img", "boot/grub/hostcfg/pc01.efi",
                "boot/grub/i386-pc/core.0", "boot/grub/x86_64-efi/core.efi", "boot/grub/x86_64-efi/btrfs.mod",
                "boot/grub/ipxe.efi", "boot/grub/ipxe.lkrn", "boot.ipxe", "boot/grub/fonts/unicode.pf2",
                "boot/grub/win11.cfg",
            ] {
                let fetched = try await school.fetch(path, as: 1)
                let pulled = try await school.pull(path, as: 1, options: Flags.download)
                #expect(pulled.status == 0, "\(path): \(pulled)")
                let name = URL(fileURLWithPath: path).lastPathComponent
                let bytes = try #require(fetched.bytes, "\(path)")
                #expect(try school.receivedBytes(name, by: 1) == bytes, "\(path)")
                guard name.hasSuffix(".cfg"), name != "win11.cfg" else { continue }
                let check = try await Command.run(
                    "/usr/bin/grub-script-check", [school.inbox("127.0.0.2").appendingPathComponent(name).path])
                #expect(check.status == 0, "\(path): \(check)")
                // A second download finds nothing to do: an unlike file would make the PC boot again
                // (docs/linbo.md#what-clients-break-on).
                let again = try await school.pull(path, as: 1, options: Flags.download + ["--stats"])
                #expect(again.output.contains("Number of regular files transferred: 0"), "\(path): \(again)")
            }
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test func noOtherHostGetsThem() async throws {
        try await School.open(Self.options()) { school in
            try Self.prepare(school)
            let own = [
                "boot/grub/hostcfg/pc01.cfg", "boot/grub/spool/pc01.lab.grub.cfg", "boot/grub/hostcfg/pc01.img",
                "boot/grub/hostcfg/pc01.efi",
            ]
            for other in [2, 210] {
                for path in own {
                    #expect(try await school.fetch(path, as: other).bytes == nil, "\(path) as \(other)")
                    #expect(try await school.pull(path, as: other, options: Flags.download).status == 23, "\(path)")
                }
                _ = try await school.pull("boot/grub/", as: other, options: ["-r"], into: "all-\(other)")
                let names = try school.inboxFiles(of: other, into: "all-\(other)").keys
                #expect(!names.contains { $0.contains("pc01") || $0.contains("pc02") }, "\(names)")
            }
            for path in own {
                try await school.auditEntry(of: path, "hidden from pc02") {
                    $0.host == "pc02" && $0.plugin == "grub-img" && $0.decision == .hidden
                        && $0.reason?.contains("not this host's") == true
                }
            }
        }
    }

    @Test func madeOnceHoweverManyAsk() async throws {
        var options = Self.options("grub-mkimage: {directory}/slow-mkimage")
        options.hookWait = "20s"
        try await School.open(options) { school in
            try Self.prepare(school)
            try school.link("slow-mkimage", to: Programs.tool("slow-mkimage"))
            // A client that asks again from its port while the image is being made, as PXE ROMs do.
            let raw = try school.rawClient(1)
            for _ in 0..<3 { raw.ask("boot/grub/hostcfg/pc01.img") }
            try await together(20, at: 20) { number async throws in
                let host = number % 2 + 1
                let path = "boot/grub/hostcfg/pc0\(host).img"
                if number < 16 {
                    #expect(try await school.fetch(path, as: host).bytes?.isEmpty == false)
                } else {
                    #expect(try await school.pull(path, as: host, into: "\(number)").status == 0)
                }
            }
            let runs = try school.read("runs")
            #expect(runs == "run\n", "\(runs)")
            // And with another daemon, without one, and by hand.
            _ = try await school.startSecondHand()
            #expect(try await school.fetch("boot/grub/hostcfg/pc02.img", as: 2).bytes?.isEmpty == false)
            let built = try await school.linboctl("grub-img", "build", "group:lab", "--json")
            #expect(built.status == 0, "\(built)")
            #expect(built.output.components(separatedBy: "\"isNew\" : false").count == 4, "\(built)")
            for server in school.servers.all() { try await server.stop() }
            #expect(try await school.pull("boot/grub/hostcfg/pc01.img", as: 1, into: "once").status == 0)
            #expect(try school.read("runs") == "run\n")
        }
    }

    @Test func byHandAndWithErrors() async throws {
        try await School.open(Self.options()) { school in
            try Self.prepare(school)
            try school.setHosts(
                (1...3).map { School.row($0).replacing(";win11;", with: $0 == 3 ? ";none;" : ";lab;") })
            let all = try await school.linboctl("grub-img", "build")
            #expect(all.status == 1, "\(all)")
            #expect(all.output.contains("pc03: no image, as there is no menu for pc03: no start.conf.none\n"), "\(all)")
            #expect(all.output.contains("2 images of 3 PCs"), "\(all)")
            let one = try await school.linboctl(
                "grub-img", "build", "pc01", "--platform", "i386-efi", "--output", school.directory.path)
            #expect(one.status == 0, "\(one)")
            let bytes = try Data(contentsOf: school.directory.appendingPathComponent("pc01.ia32.efi"))
            #expect(try await school.fetch("boot/grub/hostcfg/pc01.ia32.efi", as: 1).bytes == Array(bytes))
            #expect(try await school.linboctl("grub-img", "build", "pc09").status == 1)
            #expect(try await school.linboctl("grub-img", "build", "--platform", "vax").status == 2)
            try school.writeConfig(plugins: "  - grub-img:\n      grub: /nosuch\n")
            let missing = try await school.linboctl("check")
            #expect(missing.output.contains("no GRUB for i386-pc; apt-get install grub-common grub-pc-bin (warning)"))
            #expect(try await school.linboctl("reload").status == 0)
            let none = try await school.linboctl("grub-img", "build", "pc01")
            #expect(none.status == 1 && none.output.contains("apt-get install grub-pc-bin"), "\(none)")
        }
    }
}
