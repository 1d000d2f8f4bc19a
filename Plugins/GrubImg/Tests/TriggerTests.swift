import FuzzKit
import HookConfig
import HookHost
import HookStore
import HookTesting
import LinboModel
import Testing

@testable import GrubImg

@Suite struct TriggerTests {
    @Test func fields() throws {
        let request = try RebootTrigger.parse("(hd0,1)#vmlinuz#initrd.img#ro  splash#.reboot")
        #expect(request == RebootRequest(grub: "(hd0,1)", kernel: "vmlinuz", initrd: "initrd.img", append: "ro splash"))
        let other = try RebootTrigger.parse("(hd1,gpt12)#/boot/vmlinuz-6.1+x##root=LABEL=a,b#.reboot")
        #expect(
            other
                == RebootRequest(
                    grub: "(hd1,gpt12)", kernel: "/boot/vmlinuz-6.1+x", initrd: "", append: "root=LABEL=a,b"))
    }

    @Test(arguments: [
        "", "#.reboot", "(hd0,1)#k#i#.reboot", "(hd0,1)#k#i#a#b#.reboot", "(hd0)#k#i#a#.reboot", "(hd0,1)##i#a#.reboot",
        "(hd0,1);halt#k#i#a#.reboot", "(hd0,1)#k;halt#i#a#.reboot", "(hd0,1)#k#../i#a#.reboot",
        "(hd0,1)#k#i#$root#.reboot",
        "(hd0,1)#k#i#a\"b#.reboot", "(hd0,1)#k#i#a'b#.reboot", "(hd0,1)#k#i#a|b#.reboot", "(hd0,1)#k#i#a\nb#.reboot",
        "(hd0,1)#k k#i#a#.reboot", "(hd0,1)#k/#i#a#.reboot", "(hd0,1)#-k#i#a#.reboot", "(hd0,1)#k#i#ü#.reboot",
        "(hd0,1)#k#i#a`b`#.reboot", "(hd0,1)#k#i#a{b}#.reboot", "(hd0,1)#k#i#a\\b#.reboot", "(cd)#k#i#a#.reboot",
        "(hd0,9999)#k#i#a#.reboot", "x(hd0,1)#k#i#a#.reboot",
    ]) func wrongOnes(_ text: String) {
        #expect(throws: RebootTrigger.Wrong.self) { try RebootTrigger.parse(text) }
    }

    @Test func whateverIsTakenIsHarmlessToGRUB() throws {
        var fuzz = Fuzz(
            "reboot", texts: ["(hd0,1)#vmlinuz#initrd.img#ro splash#.reboot", "(hd0,gpt1)#boot/k##a=b#.reboot"],
            spice: "()#,/;$'\"`|&<>{}\\=")
        var taken = 0
        for _ in 0..<20_000 {
            guard let request = try? RebootTrigger.parse(fuzz.nextText()) else { continue }
            taken += 1
            for field in [request.kernel, request.initrd, request.append] {
                #expect(!field.utf8.contains { Array("#;$'\"`|&<>{}\\()\n".utf8).contains($0) }, "\(request)")
            }
            guard let bytes = GrubEnvBlock.bytes(request) else { continue }
            #expect(bytes.count == 1024)
        }
        #expect(taken > 100)
    }

    @Test func theBlockIsAsGRUBsOwnToolWritesIt() async throws {
        let request = RebootRequest(grub: "(hd0,1)", kernel: "vmlinuz", initrd: "initrd.img", append: "ro splash")
        let bytes = try #require(GrubEnvBlock.bytes(request))
        let lab = try Lab()
        func edit(_ file: String, _ words: String...) async throws -> CommandResult {
            try await Command.run("/usr/bin/grub-editenv", ["\(lab.directory)/\(file)"] + words)
        }
        _ = try await edit("theirs", "create")
        _ = try await edit(
            "theirs", "set", "reboot_grub=(hd0,1)", "reboot_kernel=vmlinuz", "reboot_initrd=initrd.img",
            "reboot_append=ro splash")
        try lab.write(bytes, to: "ours")
        let listed = try await edit("ours", "list")
        #expect(listed.status == 0)
        #expect(listed.output == (try await edit("theirs", "list").output))
        #expect(listed.output.contains("reboot_append=ro splash\n"))
        let long = RebootRequest(
            grub: "(hd0,1)", kernel: String(repeating: "k", count: 255), initrd: String(repeating: "i", count: 255),
            append: String(repeating: "a", count: 512))
        #expect(GrubEnvBlock.bytes(long) == nil)
    }

    /// What a host's own files are called, nothing else is taken for.
    @Test func namesOfHostsFiles() throws {
        let settings = try GrubSettings(
            PluginSection(node: nil, location: SourceLocation(file: "config.yaml", line: 1)))
        var fuzz = Fuzz(
            "asked",
            texts: [
                "boot/grub/hostcfg/pc01.img", "boot/grub/hostcfg/pc01.ia32.efi", "boot/grub/spool/pc01.a.b.grub.cfg",
                "boot/grub/spool/pc01.reboot", "boot/grub/i386-pc/normal.mod", "boot/grub/win11.cfg",
            ], spice: "./-_#")
        for _ in 0..<20_000 {
            guard let path = try? TreePath(parsing: fuzz.next()), let asked = AskedFile(path, settings) else {
                continue
            }
            switch asked {
            case .hostConfig(let host?), .hostImage(let host, _), .localConfig(let host, _), .reboot(let host?):
                #expect(path.name.hasPrefix("\(host)."), "\(path)")
            case .shipped(let places, _):
                #expect(
                    places.allSatisfy { $0.hasSuffix("/" + path.name) && !$0.split(separator: "/").contains("..") },
                    "\(path)")
            default: break
            }
        }
    }
}
