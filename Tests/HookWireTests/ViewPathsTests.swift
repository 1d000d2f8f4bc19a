import FuzzKit
import Testing

@testable import HookWire
@testable import LinuxKit

@Suite struct ViewPathsTests {
    @Test func findsItsBaseInTheModulePath() {
        let paths = ViewPaths(modulePath: "/srv/linbo/.linbo-hookd/views/10.0.0.5", address: "10.0.0.5")
        #expect(paths?.base == "/srv/linbo/.linbo-hookd")
        #expect(paths?.view(of: "10.0.0.5") == "/srv/linbo/.linbo-hookd/views/10.0.0.5")
    }

    @Test(arguments: [
        ("/srv/linbo", "10.0.0.5"), ("/srv/linbo/views/10.0.0.6", "10.0.0.5"), ("views/10.0.0.5", "10.0.0.5"),
        ("/srv/views/..", ".."), ("/srv/views/a/b", "a/b"), ("/srv/views/", ""),
    ])
    func anotherModulesPathIsNoView(_ path: String, _ address: String) {
        #expect(ViewPaths(modulePath: path, address: address) == nil)
    }

    @Test(arguments: ["10.0.0.5", "::1", "fe80::1%eth0", "2001:db8::17"])
    func addressesAreDirectoryNames(_ text: String) {
        #expect(ViewPaths.isAddress(text))
    }

    @Test("an address is one name of a directory, and its base is found again whatever that is called")
    func oneName() {
        var fuzz = Fuzz("addresses", texts: ["10.0.0.5", "fe80::1%eth0", "..", "a/b"], spice: "./%:-_\u{661}")
        let bases = ["", "/srv/linbo/.linbo-hookd", "/srv/Schüler/views/10.0.0.5", "/a//b/views/"]
        for text in (0..<20_000).map({ _ in fuzz.nextText() }) where ViewPaths.isAddress(text) {
            #expect(text.utf8.count <= 64 && !text.utf8.contains { $0 <= 0x20 || $0 >= 0x7F || $0 == 0x2F })
            #expect(text != "." && text != "..")
            for base in bases {
                let path = ViewPaths(base: base).view(of: text)
                #expect(ViewPaths(modulePath: path, address: text)?.base == base)
            }
        }
        #expect(ViewPaths.isAddress(String(repeating: "1", count: 64)))
        for text in [String(repeating: "1", count: 65), "...", "10.0.0.5\0", "10.0.0.٥", "a-b", ""] {
            #expect(!ViewPaths.isAddress(text))
        }
    }

    @Test func readsTheStartTimeBehindAnyCommandName() {
        let stat = "7 (a) b) (c) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 1 1"
        #expect(ProcessStart.parse(Array(stat.utf8)) == 987_654)
        #expect(ProcessStart.parse(Array("7 (a) Z 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1".utf8)) == nil)
        #expect(ProcessStart.parse(Array("7 (a".utf8)) == nil)
    }
}
