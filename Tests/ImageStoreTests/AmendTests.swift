import Foundation
import LinboModel
import LinuxKit
import Testing

@testable import ImageStore

@Suite struct AmendTests {
    @Test func companionsAreReplacedAndInfoComesLast() throws {
        let lab = try Lab()
        try lab.makeSchool()
        let inode = try lab.status("images/win11/win11.qcow2").inode
        for suffix in [".info", ".hash", ".desc", ".torrent"] {
            try lab.write("new\(suffix)", to: "desc/win11.qcow2\(suffix)")
        }
        let changed = try lab.store().amend(Lab.image, from: lab.path("desc"), removing: [".macct", ".desc"])
        #expect(changed == [".macct", ".desc", ".torrent", ".hash", ".info"])
        #expect(
            lab.read("images/win11/win11.qcow2.desc") == "new.desc" && !lab.exists("images/win11/win11.qcow2.macct"))
        #expect(lab.read("images/win11/win11.qcow2.hash") == "new.hash" && lab.names("desc").isEmpty)
        #expect(try lab.status("images/win11/win11.qcow2").inode == inode)
        #expect(try lab.store().amend(Lab.image, from: nil, removing: [".macct"]).isEmpty)
    }

    @Test func whatIsNoSidecarIsRefused() throws {
        let lab = try Lab()
        try lab.makeSchool()
        try lab.write("x", to: "desc/win11.reg")
        #expect(throws: ImageStoreError.self) { try lab.store().amend(Lab.image, from: lab.path("desc")) }
        #expect(lab.read("images/win11/win11.reg") == "reg" && lab.names("desc") == ["win11.reg"])
        let none = #expect(throws: ImageStoreError.self) {
            try lab.store().amend(Lab.name("win10.qcow2"), from: nil, removing: [".hash"])
        }
        #expect(none?.kind == .noImage)
        symlink("/etc/passwd", lab.path("images/win11/win11.qdiff.hash"))
        let linked = #expect(throws: ImageStoreError.self) {
            try lab.store().amend(Lab.difference, from: nil, removing: [".hash"])
        }
        #expect(linked?.kind == .unfit)
    }
}
