import HookHost
import Testing

@testable import TFTPTransport

@Suite("Names of TFTP requests")
struct NameTests {
    private func path(_ name: String, _ rules: NameRules = NameRules()) throws -> String {
        try rules.path(Array(name.utf8)).text
    }

    @Test(
        arguments: [
            ("boot/grub/core.0", "boot/grub/core.0"), ("/boot/grub/core.0", "boot/grub/core.0"),
            ("//boot//grub///core.0", "boot/grub/core.0"), ("boot\\grub\\core.0", "boot/grub/core.0"),
            ("\\boot\\grub/core.0", "boot/grub/core.0"), ("./a/./b", "a/b"),
        ]) func firmwaresSpellings(name: String, expected: String) throws
    {
        #expect(try path(name) == expected)
    }

    @Test(
        arguments: [
            "../etc/passwd", "/../etc/passwd", "boot/../../etc", "..\\..\\etc\\passwd", "a/..", "a\u{1}b",
            ".linbo-hookd/views", "/.linbo-hookd",
        ]) func hostileNames(name: String)
    {
        #expect(throws: PathError.self) { try path(name) }
    }

    @Test func remaps() throws {
        let rules = NameRules(remaps: [
            Remap(exact: "pxelinux.0", to: "boot/grub/i386-pc/core.0"),
            Remap(prefix: "tftpboot/", to: ""),
            try Remap(regex: "grub/([a-z]+)\\.cfg", to: "/boot/grub/$1.cfg"),
            Remap(prefix: "evil/", to: "../"),
        ])
        #expect(try path("/pxelinux.0", rules) == "boot/grub/i386-pc/core.0")
        #expect(try path("pxelinux.0.bak", rules) == "pxelinux.0.bak")
        #expect(try path("tftpboot/linbo64", rules) == "linbo64")
        #expect(try path("grub/grub.cfg", rules) == "boot/grub/grub.cfg")
        #expect(try path("old/grub/grub.cfg", rules) == "old/grub/grub.cfg")
        // What a rule makes is held to the same rules.
        #expect(throws: PathError.parentReference) { try path("evil/etc/passwd", rules) }
    }

    @Test(
        "bytes that are no UTF-8 can be mapped away", arguments: [[0x07], [0xFF], [0xFF, 0xD1, 0x33, 0x2A, 0x47]])
    func garbageBehindTheName(_ garbage: [UInt8]) throws {
        let rules = NameRules(remaps: [try Remap(regex: "(?s)(.*\\.efi).*", to: "$1")])
        #expect(try rules.path(Array("boot/grub/core.efi".utf8) + garbage).text == "boot/grub/core.efi")
        #expect(throws: PathError.self) { try NameRules().path(Array("core.efi".utf8) + garbage) }
    }

    @Test func aSlashAtTheEndAsksForADirectory() {
        #expect(NameRules.asksForDirectory(Array("boot/".utf8)))
        #expect(NameRules.asksForDirectory(Array("boot\\".utf8)))
        #expect(!NameRules.asksForDirectory(Array("boot".utf8)))
    }
}
