import FuzzKit
import LinuxKit
import Testing

@testable import GrubImg

private let hasGRUB = FileIdentity(ofFileAt: "/usr/lib/grub/i386-pc/kernel.img") != nil

@Suite("the commands of a menu, and the modules that they are in") struct MenuCommandsTests {
    private let commands = MenuCommands(
        list:
            "*echo: echo\ndate: date\nhashsum: hashsum\nmd5sum: hashsum\n[: test\nlinux: linux\nbroken line\n*ls: minicmd\n"
    )

    @Test func foundWhereverTheyStand() {
        let menu = """
            # date in a comment
            set title="md5sum is no command here"
            if [ -s /x ]; then date; else ls; fi
            menuentry 'A date' { md5sum /y
              linux /k echo
            }
            while ! date; do hashsum x; done
            insmod vbe
            """
        #expect(commands.needed(by: menu) == ["test", "date", "minicmd", "hashsum", "linux", "vbe"])
    }

    @Test("a host image has what its menu runs, of the GRUB that is here", .enabled(if: hasGRUB, "needs grub-pc-bin"))
    func inTheImage() throws {
        let directory = GrubDirectory(root: "/usr/lib/grub", program: "/usr/bin/grub-mkimage")
        let without = try directory.parts(.bios, extra: [])
        let with = try directory.parts(.bios, extra: [], menu: "if date; then hexdump (hd0)0+1; fi\nnosuchcommand\n")
        #expect(!without.modules.contains("hexdump"))
        #expect(with.modules == without.modules + ["date", "hexdump"] && with.digest != without.digest)
    }

    @Test func anythingIsReadToItsEnd() {
        var random = SplitMix64(seed: 13)
        let pieces = ["if", " ", "\n", ";", "{", "}", "date", "#", "!", "insmod", "'", "\"", "é", "\u{0}"]
        for _ in 0..<2000 {
            let menu = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }
            #expect(commands.needed(by: menu.joined()).allSatisfy { !$0.isEmpty })
        }
    }
}
