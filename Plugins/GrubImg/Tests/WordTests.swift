import LinboModel
import Testing

@testable import GrubImg

@Suite struct WordTests {
    @Test(arguments: [
        ("quiet", "quiet"), ("root=LABEL=x", "root=LABEL=x"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#),
        ("$root;`x`", "'$root;`x`'"), ("", "''"), ("fi", "'fi'"), ("a|b", "'a|b'"), ("ü", "'ü'"), ("{", "'{'"),
        ("line\nbreak", "'linebreak'"), ("*", "'*'"), ("#", "'#'"), ("\\", "'\\'"),
    ]) func quoting(_ text: String, _ word: String) {
        #expect(GrubWord.quoted(text) == word)
    }

    @Test(arguments: [
        ("quiet dhcpretry=9", ["quiet", "dhcpretry=9"]), ("  a   b ", ["a", "b"]), ("", []),
        (#"x="a b" c"#, ["x=a b", "c"]), (#""x=a b""#, ["x=a b"]), (#"a"b"#, [#"a"b"#]), ("x='a b'", ["x='a", "b'"]),
    ]) func splitting(_ options: String, _ words: [String]) {
        #expect(GrubWord.split(options) == words)
    }

    @Test(arguments: [
        ("/dev/sda3", "hd0,3"), ("/dev/nvme0n1p3", "hd0,3"), ("/dev/mmcblk0p3", "hd0,3"), ("/dev/disk0p3", "hd0,3"),
        ("/dev/sdb12", "hd1,12"), ("/dev/vda1", "hd0,1"), ("/dev/nvme1n1p2", "hd1,2"),
    ]) func devices(_ device: String, _ grub: String) {
        #expect(GrubDevice(device)?.text == grub)
    }

    @Test(arguments: [
        "/dev/sda", "sda1", "/dev/sd1", "/dev/nvme0n1", "/dev/sdA1", "/dev/sda0", "/dev/../sda1", "/dev/p1",
    ])
    func otherDevices(_ device: String) {
        #expect(GrubDevice(device) == nil)
    }

    @Test(arguments: [
        ("Windows 11", "", "win11"), ("Windows 10 Pro", "", "win10"), ("Ubuntu 24.04", "", "ubuntu"),
        ("Linux Mint", "", "mint"), ("Etwas", "win11.qcow2", "win11"), ("Etwas", "x.qcow2", "linux"),
    ]) func classes(_ name: String, _ image: String, _ word: String) {
        #expect(OSClass.word(name: name, image: image, icon: "", isWindows: false) == word)
    }
}
