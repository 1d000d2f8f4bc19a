import FuzzKit
import HookHost
import LinboModel
import Testing

@testable import Uploads

@Suite struct UploadNameTests {
    private static func parse(_ text: String) throws -> UploadName { try UploadName(try TreePath(text)) }

    @Test func whatClientsUpload() throws {
        let image = try #require(ImageName("win11.qcow2"))
        #expect(try Self.parse("images/win11/win11.qcow2") == .image(image))
        for suffix in [".info", ".desc", ".hash", ".torrent"] {
            #expect(try Self.parse("images/win11/win11.qcow2\(suffix)") == .sidecar(image, suffix: suffix))
        }
        #expect(try Self.parse("images/win11/win11.qdiff").image?.kind == .qdiff)
        #expect(try Self.parse("pc01.new") == .registration(try TreePath("pc01.new")))
        #expect(try Self.parse("rescue.iso") == .iso(try TreePath("rescue.iso")))
    }

    @Test(arguments: [
        "images", "images/win11", "images/win11.qcow2", "images/win10/win11.qcow2",
        "images/win11/backups/x/win11.qcow2",
        "images/win11/win11.qcow2.macct", "images/win11/win11.reg", "images/win11/.win11.qcow2", "images/win11/.qcow2",
        "images/win 11/win 11.qcow2", "images/win11/win11.qcow2.BAK", "images/a/b/c", ".", "icons/.hidden", ".new",
        // What all PCs boot by, and directories of the server's.
        "linbo64", "LINBO64", "linbofs64.md5", "start.conf.win11", "boot.ipxe", "multicast.list", "linbo.iso",
        "boot/grub/grub.cfg",
        "linbocmd/pc01.cmd",
        // N14
        "a$(reboot).iso", "x;id;.iso", "*.iso", "con%n%s.iso", "-rf.iso", "a b.iso", "ä.iso", "_.iso",
        ".iso",
        "a/pc01.new", "icons/win11.png",
    ])
    func whatNobodyUploads(_ text: String) throws {
        #expect(throws: Refusal.self) { try Self.parse(text) }
    }

    /// Whatever the name: it goes nowhere but to its own place.
    @Test func fuzz() {
        var fuzz = Fuzz(
            "upload names", texts: ["images/win11/win11.qcow2", "images/win11/win11.qcow2.info", "pc01.new", "a.iso"],
            spice: "/.")
        for _ in 0..<20_000 {
            guard let path = try? TreePath(parsing: fuzz.next()), let name = try? UploadName(path) else { continue }
            #expect(name.path == path)
            #expect(name.image == nil || path.text.hasPrefix("images/"))
        }
    }
}
