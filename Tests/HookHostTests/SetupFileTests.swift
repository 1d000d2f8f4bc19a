import Foundation
import HookHost
import LinboModel
import Testing

@Suite struct SetupFileTests {
    @Test("a setup.ini that is a link is read anew when its target changes")
    func link() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "linbo-hookd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let target = directory.appending(path: "real.ini")
        let link = directory.appending(path: "setup.ini")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
        let setup = SetupFile(path: link.path)
        #expect(setup.current == nil)
        for domain in ["OLD", "NEWER"] {
            try Data("[setup]\nsambadomain = \(domain)\n".utf8).write(to: target)
            #expect(setup.current?.sambadomain == domain)
        }
    }
}
