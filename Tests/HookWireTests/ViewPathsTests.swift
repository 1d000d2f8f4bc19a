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

    @Test func readsTheStartTimeBehindAnyCommandName() {
        let stat = "7 (a) b) (c) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 1 1"
        #expect(ProcessStart.parse(Array(stat.utf8)) == 987_654)
        #expect(ProcessStart.parse(Array("7 (a) Z 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1".utf8)) == nil)
        #expect(ProcessStart.parse(Array("7 (a".utf8)) == nil)
    }
}
