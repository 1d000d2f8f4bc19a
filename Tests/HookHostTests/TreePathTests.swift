import FuzzKit
import HookHost
import Testing

@Suite struct TreePathTests {
    @Test(arguments: [
        ("start.conf.win11", "start.conf.win11"), ("images//win11/./win11.reg", "images/win11/win11.reg"),
        ("icons/", "icons"), (".", ""), ("", ""),
        ("(hd0,1)#vmlinuz#initrd.img#ro splash#.reboot", "(hd0,1)#vmlinuz#initrd.img#ro splash#.reboot"),
        ("a..b/...", "a..b/..."), ("Räume/Ü 1", "Räume/Ü 1"), ("sub/.linbo-hookd", "sub/.linbo-hookd"),
    ])
    func normalises(_ text: String, _ expected: String) throws {
        #expect(try TreePath(text).text == expected)
    }

    static let hostile: [([UInt8], PathError)] = [
        (Array("../etc/passwd".utf8), .parentReference), (Array("images/../../x".utf8), .parentReference),
        (Array("images/..".utf8), .parentReference),
        // To `String`, a slash and the accent behind it are one character; to the kernel they are not.
        (Array("../\u{301}x".utf8), .parentReference), (Array("a/../\u{301}x".utf8), .parentReference),
        (Array(".linbo-hookd/\u{301}".utf8), .internalName),
        (Array("/etc/passwd".utf8), .absolute),
        ([0x61, 0, 0x62], .nul), (Array("a\nb".utf8), .controlCharacter(10)), ([0x61, 0x7F], .controlCharacter(127)),
        (Array("a\u{9B}2J".utf8), .unprintable("\u{9B}")), (Array("a\u{202E}b".utf8), .unprintable("\u{202E}")),
        (Array("a\u{2028}b".utf8), .unprintable("\u{2028}")), (Array("a\u{1B}[2J".utf8), .controlCharacter(27)),
        ([0x61, 0xFF], .notUTF8), ([0xC0, 0xAF], .notUTF8),
        ([UInt8](repeating: 0x61, count: 256), .componentTooLong(256)),
        (Array(String(repeating: "a/", count: 2000).utf8), .tooLong(4000)),
        (Array(".linbo-hookd/views".utf8), .internalName), (Array("./.linbo-hookd".utf8), .internalName),
    ]

    @Test(arguments: hostile)
    func refuses(_ bytes: [UInt8], _ error: PathError) {
        #expect(throws: error) { try TreePath(parsing: bytes) }
    }

    @Test func takesPathsApartAndTogether() throws {
        let path = try TreePath("images/win11/win11.reg")
        #expect(path.name == "win11.reg")
        #expect(path.parent.text == "images/win11")
        #expect(path.parent.appending("win11.reg") == path)
        #expect(TreePath.root.appending("a").parent == .root)
        #expect(path.isBelow(path.parent) && !path.isBelow(path))
        #expect(try TreePath("link/\u{301}x").components.map(\.utf8.count) == [4, 3])
        #expect(try !TreePath("images2/a").isBelow(try TreePath("images")))
    }

    @Test func whateverIsParsedStaysInside() {
        var fuzz = Fuzz("paths", texts: ["images/win11/win11.reg", "../../etc/passwd", "a//b/./c"], spice: "/.\\*?[ ")
        for _ in 0..<50_000 {
            guard let path = try? TreePath(parsing: fuzz.next()) else { continue }
            let parts = path.text.split(separator: "/", omittingEmptySubsequences: false)
            #expect(path.isRoot || parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." })
            #expect(!path.text.utf8.contains { $0 < 32 })
            #expect((try? TreePath(path.text)) == path)
        }
    }
}
