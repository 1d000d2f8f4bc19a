import Foundation
import GrubImg
import HookStore
import Testing

/// Kernels that a PC boots once: asked for over rsync, read by GRUB over TFTP.
@Suite struct GrubRebootTests {
    private static let trigger = "(hd0,1)#boot/vmlinuz#initrd.img#ro splash root=LABEL=x#.reboot"

    private func ask(_ school: School, _ path: String = trigger, as host: Int = 1, options: [String] = []) async throws
    {
        let result = try await school.pull(path, as: host, options: options)
        #expect(result.status == 23, "\(result)")
        #expect(!school.hasReceived(".reboot", by: host))
    }

    private func reboots(_ school: School) async throws -> [RebootEntry] {
        let result = try await school.linboctl("grub-img", "reboots", "--all", "--json")
        return try JSONDecoder().decode([RebootEntry].self, from: Data(result.output.utf8))
    }

    private func open(_ school: School, as host: Int = 1, name: String = "") async throws -> [UInt8]? {
        try await school.fetch("boot/grub/spool/\(name).reboot", as: host).bytes
    }

    @Test func onceForThatHost() async throws {
        try await School.open(GrubFileTests.options()) { school in
            try GrubFileTests.prepare(school)
            let before = try await school.fingerprint()
            #expect(try await open(school) == nil)
            try await ask(school, options: ["-n"])
            #expect(try await reboots(school).isEmpty)
            try await ask(school)
            #expect(try await reboots(school).map(\.state) == [.waiting])
            // Neither another host, nor under another name, nor over rsync, nor by a boot's first steps.
            #expect(try await open(school, as: 2) == nil)
            #expect(try await open(school, as: 2, name: "pc01") == nil)
            #expect(try await open(school, as: 210) == nil)
            #expect(try await open(school, name: "pc02") == nil)
            #expect(try await school.pull("boot/grub/spool/pc01.reboot", as: 1).status == 23)
            _ = try await school.pull("boot/grub/spool/", as: 1, options: ["-r"], into: "spool")
            #expect(try school.inboxFiles(of: 1, into: "spool").isEmpty)
            #expect(try await school.fetch("boot/grub/i386-pc/core.0", as: 1).bytes != nil)
            #expect(try await reboots(school).map(\.state) == [.waiting])
            // GRUB opens it twice, and no third time; a daemon that dies between the two does not forget.
            let first = try #require(try await open(school, name: "pc01"))
            #expect(first.count == 1024)
            _ = try await school.startSecondHand()
            #expect(try await open(school) == first)
            #expect(try await open(school) == nil)
            try school.write(first, to: "env")
            let shown = try await Command.run("/usr/bin/grub-editenv", [school.directory.path + "/env", "list"])
            #expect(
                shown.output
                    == "reboot_grub=(hd0,1)\nreboot_kernel=boot/vmlinuz\nreboot_initrd=initrd.img\nreboot_append=ro splash root=LABEL=x\n"
            )
            #expect(try await school.fetch("boot/grub/i386-pc/core.0", as: 1).bytes != nil)
            try await eventually("the boot went on") { try await reboots(school).map(\.state) == [.done] }
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test func inDoubtItCountsAsDone() async throws {
        try await School.open(GrubFileTests.options()) { school in
            try GrubFileTests.prepare(school)
            try await ask(school)
            #expect(try await open(school) != nil)
            // A new boot begins, and nobody knows whether GRUB had read it.
            #expect(try await school.fetch("boot/grub/grub.cfg", as: 1).bytes != nil)
            try await eventually("the boot went on") { try await reboots(school).map(\.state) == [.uncertain] }
            #expect(try await open(school) == nil)
            let again = try await school.linboctl("grub-img", "reboot-again", "1")
            #expect(again.status == 0, "\(again)")
            #expect(try await open(school) != nil)
            // Another host's boot does not count.
            #expect(try await school.fetch("boot/grub/grub.cfg", as: 2).bytes != nil)
            #expect(try await open(school) != nil)
            #expect(try await reboots(school).map(\.state) == [.opened, .uncertain])
            // A new one takes the place of what waits.
            try await ask(school, "(hd1,gpt2)#k##a=b#.reboot")
            try await ask(school, "(hd1,gpt3)#k##a=b#.reboot")
            #expect(try await reboots(school).map(\.state) == [.waiting, .replaced, .uncertain, .uncertain])
            #expect(try await open(school).map { String(decoding: $0, as: UTF8.self) }?.contains("(hd1,gpt3)") == true)
        }
    }

    @Test("N11: requests that nobody answers open no reboot, and end none")
    func blind() async throws {
        try await School.open(GrubFileTests.options()) { school in
            try GrubFileTests.prepare(school)
            try await ask(school)
            let ports = try await school.transferPorts(as: 2)
            func forge(_ path: String, guesses: Bool = false) async throws {
                let forged = try school.rawClient(1)
                let (_, peer) = try await forged.firstAnswer(to: path, ["tsize": "0"])
                guard guesses else { return }
                for port in ports where port != peer.port {
                    for block: UInt16 in [0, 1] { forged.acknowledge(block, to: SocketAddress(peer.host, port)) }
                }
            }
            for _ in 0..<3 { try await forge("boot/grub/spool/.reboot") }
            #expect(try await reboots(school).map(\.state) == [.waiting])
            #expect(try await open(school) != nil)
            for path in ["boot/grub/grub.cfg", "boot/grub/win11.cfg"] { try await forge(path, guesses: true) }
            #expect(try await reboots(school).map(\.state) == [.opened])
            try await forge("boot/grub/spool/.reboot", guesses: true)
            #expect(try await reboots(school).map(\.opens) == [1])
        }
    }

    @Test func withoutADaemonAndNothingHostile() async throws {
        try await School.open(GrubFileTests.options()) { school in
            try GrubFileTests.prepare(school)
            for hostile in [
                "(hd0,1)#k;halt#i#a#.reboot", "(hd0,1)#k#i#$root#.reboot", "(hd0,1)#k#i#a#b#.reboot",
                "halt#k#i#a#.reboot",
                "boot/grub/(hd0,1)#k#i#a#.reboot",
            ] { try await ask(school, hostile) }
            try await ask(school, as: 210)
            #expect(
                try await school.fetch(Self.trigger.replacing(" ", with: "%20").replacing("#", with: "%23"), as: 1)
                    .bytes == nil)
            #expect(try await reboots(school).isEmpty)
            for server in school.servers.all() { try await server.stop() }
            try await ask(school)
            try await school.startDaemon()
            #expect(try await reboots(school).map(\.state) == [.waiting])
            #expect(try await open(school) != nil)
        }
    }
}
