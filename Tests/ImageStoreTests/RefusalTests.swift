import Foundation
import LinboModel
import LinuxKit
import Testing

@testable import ImageStore

/// What a swap does not do, and what it is told.
@Suite struct RefusalTests {
    private func refused(_ lab: Lab, _ image: ImageName = Lab.image) throws -> ImageStoreError {
        let before = lab.content("images")
        let error = try #require(
            #expect(throws: ImageStoreError.self) { try lab.store().swap(image, from: lab.path("arrived")) })
        #expect(lab.content("images") == before && !error.fix.isEmpty)
        return error
    }

    @Test func linksAndForeignFilesNeverGoLive() throws {
        let lab = try Lab()
        try lab.makeSchool()
        symlink("/etc/shadow", lab.path("arrived/win11.qcow2.hash"))
        #expect(try refused(lab).path.hasSuffix("arrived/win11.qcow2.hash"))
        unlink(lab.path("arrived/win11.qcow2.hash"))
        mkfifo(lab.path("arrived/win11.qcow2.hash"), 0o600)
        #expect(try refused(lab).kind == .unfit)
        unlink(lab.path("arrived/win11.qcow2.hash"))
        try lab.write("x", to: "arrived/win10.qcow2.hash")
        #expect(try refused(lab).what.contains("does not belong to win11.qcow2"))
        unlink(lab.path("arrived/win10.qcow2.hash"))
        unlink(lab.path("arrived/win11.qcow2"))
        #expect(try refused(lab).what.contains("no win11.qcow2"))
    }

    @Test func aLiveLinkIsNotTakenForAnImage() throws {
        let lab = try Lab()
        try lab.makeSchool()
        unlink(lab.path("images/win11/win11.qcow2"))
        symlink("../../pool.qcow2", lab.path("images/win11/win11.qcow2"))
        #expect(try refused(lab).what.contains("no regular file"))
    }

    @Test func theLiveImageItselfIsNoNewOne() throws {
        let lab = try Lab()
        try lab.makeSchool()
        unlink(lab.path("arrived/win11.qcow2"))
        link(lab.path("images/win11/win11.qcow2"), lab.path("arrived/win11.qcow2"))
        #expect(try refused(lab).what.contains("is the live one"))
    }

    @Test(arguments: ["/tmp", "../..", ".", "nowhere", "../.linbo-hookd"]) func aDirectoryThatLeadsAway(target: String)
        throws
    {
        let lab = try Lab()
        mkdir(lab.work, 0o700)
        symlink(target, lab.path("images/win11"))
        try lab.makeSet("win11.qcow2", in: "arrived", text: "new", timestamp: "202603031000")
        #expect(try refused(lab).path.hasSuffix("images/win11"))
    }

    @Test func aDirectoryByALinkOfTheTreeIsSwappedWhereItLies() throws {
        let lab = try Lab()
        try lab.makeSchool()
        mkdir(lab.path("big disk"), 0o755)
        #expect(rename(lab.path("images/win11"), lab.path("big disk/win11")) == 0)
        symlink("../big disk/win11", lab.path("images/win11"))
        #expect(try lab.publish().get().backup == "202601010800")
        #expect(lab.content("big disk/win11") == SwapTests.after)
        #expect(try lab.status("images/win11").isSymlink)
        // A stop there is found again by the start.
        try lab.makeSet("win11.qcow2", in: "arrived", text: "newer", timestamp: "202604041000")
        _ = lab.publish(Saboteur(failing: 45).disk)
        let sentences = lab.store().recover()
        #expect(sentences.count == 1 && lab.names(".linbo-hookd/%2Fbig disk%2Fwin11").isEmpty, "\(sentences)")
    }

    @Test func twoProcessesTakeTurns() throws {
        let lab = try Lab()
        try lab.makeSchool()
        let store = lab.store(patience: .milliseconds(20))
        try store.locked(store.place(of: Lab.image)) { _ throws(ImageStoreError) in
            let busy = #expect(throws: ImageStoreError.self) { try store.swap(Lab.image, from: lab.path("arrived")) }
            #expect(busy?.kind == .busy)
            #expect(store.recover().isEmpty)
        }
        #expect(try lab.publish().get().backup == "202601010800")
    }

    @Test func whatAnAdminWritesMeanwhileIsNotLost() throws {
        let lab = try Lab()
        try lab.makeSchool()
        // Right before the exchange a file comes, and a script is replaced as editors do.
        let disk = Disk(probe: { call, path throws(ImageStoreError) in
            guard call == "exchange" else { return }
            try? lab.write("late", to: "images/win11/late")
            try? lab.write("late reg", to: "images/win11/other.new")
            rename(lab.path("images/win11/other.new"), lab.path("images/win11/notes of the admin.txt"))
        })
        let swapped = try lab.publish(disk).get()
        #expect(swapped.remarks.count == 2)
        #expect(lab.read("images/win11/late") == "late")
        #expect(lab.read("images/win11/backups/202601010800/notes of the admin.txt") == "late reg")
    }

    @Test func anotherDirectoryInItsPlaceIsNotTouched() throws {
        let lab = try Lab()
        try lab.makeSchool()
        let before = lab.content("images/win11")
        _ = lab.publish(Saboteur(failing: 40).disk)
        // Restored from a tape: the same files by other inodes.
        #expect(rename(lab.path("images/win11"), lab.path("lost")) == 0)
        try FileManager.default.copyItem(atPath: lab.path("lost"), toPath: lab.path("images/win11"))
        let restored = lab.content("images/win11")
        #expect(lab.store().recover().first?.contains("is kept in") == true)
        #expect(lab.content("images/win11") == restored && !before.isEmpty)
        #expect(!lab.content(".linbo-hookd/win11/aside-1").isEmpty)
    }

    @Test func namesThatAreNoTextStay() throws {
        let lab = try Lab()
        try lab.makeSchool()
        let name: [CChar] = Array(lab.path("images/win11/b").utf8CString.dropLast()) + [-28, 0]
        let file = open(name, O_WRONLY | O_CREAT, 0o644)
        #expect(file >= 0)
        close(file)
        _ = try lab.publish().get()
        #expect(access(name, F_OK) == 0)
        unlink(name)
    }
}
