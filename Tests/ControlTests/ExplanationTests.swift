import API
import Control
import Foundation
import HookHost
import Testing

/// What a host would get, as each transport asks.
@Suite struct ExplanationTests {
    private static func lab() throws -> ControlLab {
        let lab = try ControlLab(more: "tftp: {ignore-case: true}\nplugins: [onboot-cmd]\n")
        try lab.write("grub", to: "srv/boot/grub/pc01.cfg")
        for name in ["link", "boot/grub/link.cfg"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(lab.directory)/srv/\(name)",
                withDestinationPath: name == "link" ? "boot/grub/pc01.cfg" : "pc01.cfg")
        }
        return lab
    }

    @Test(
        "rsync gets a link, TFTP what it leads to; firmware's names are TFTP's alone",
        arguments: [
            (nil, "link", "a link to"), (.rsync, "link", "a link to"), (.tftp, "link", "the tree's own file"),
            (.tftp, "\\boot\\grub\\link.cfg", "the tree's own file"),
            (.tftp, "/BOOT/grub/PC01.cfg", "the tree's own file"),
            (.rsync, "BOOT/grub/PC01.cfg", "nothing"), (.rsync, "boot", "a directory"),
            (.tftp, "boot", "nothing: a dir"),
            (.tftp, "none", "nothing"), (.tftp, "linbocmd/pc01.cmd", "nothing"),
        ] as [(Transport?, String, String)])
    func over(_ transport: Transport?, _ path: String, _ result: String) async throws {
        let answer = try await Self.lab().ask(Explain(host: "pc01", path: path, over: transport))
        #expect(answer.result.hasPrefix(result), "\(answer)")
        #expect((answer.bytes == 4) == result.hasPrefix("the tree"))
        #expect(answer.claimedBy == (path.hasPrefix("linbocmd") ? ["onboot-cmd"] : []))
    }

    @Test("a path out of the tree is none, over neither", arguments: Transport.allCases)
    func outside(_ transport: Transport) async throws {
        let lab = try Self.lab()
        await #expect(throws: Fault.self) {
            try await lab.ask(Explain(host: "pc01", path: "../etc/passwd", over: transport))
        }
    }
}
