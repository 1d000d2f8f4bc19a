import Foundation
import LinboModel
import LinuxKit
import Testing

@testable import ImageStore

@Suite struct SwapTests {
    /// What `images/win11` holds when the new set of `Lab.makeSchool` is live.
    static let after: [String: String] = [
        "win11.qcow2": "new image", "win11.qcow2.desc": "new image.desc", "win11.qcow2.torrent": "new image.torrent",
        "win11.qcow2.info": Lab.info("win11.qcow2", "202603031000", size: 9),
        "win11.reg": "reg", "win11.qcow2.postsync": "post", "notes of the admin.txt": "notes",
        "win11.qcow2.BAK": "bak", "link": "-> win11.reg", "sub/file": "sub",
        "backups/202501010000/win11.qcow2": "older",
        "backups/202601010800/win11.qcow2": "old image",
        "backups/202601010800/win11.qcow2.info": Lab.info("win11.qcow2", "202601010800", size: 9),
        "backups/202601010800/win11.qcow2.desc": "old image.desc",
        "backups/202601010800/win11.qcow2.hash": "old image.hash",
        "backups/202601010800/win11.qcow2.torrent": "old image.torrent",
        "backups/202601010800/win11.qcow2.macct": "old image.macct",
        "backups/202601010800/win11.qdiff": "old diff",
        "backups/202601010800/win11.qdiff.info": Lab.info("win11.qdiff", "202602020900", size: 8),
        "backups/202601010800/win11.qdiff.desc": "old diff.desc",
        "backups/202601010800/win11.reg": "reg",
        "backups/202601010800/win11.qcow2.postsync": "post",
    ]

    @Test(arguments: [true, false]) func aWholeSetGoesLiveAndTheOldOneGoesToItsBackup(hasExchange: Bool) throws {
        let lab = try Lab()
        try lab.makeSchool()
        let reg = try lab.status("images/win11/win11.reg")
        let old = try lab.status("images/win11/win11.qcow2")
        let new = try lab.status("arrived/win11.qcow2")
        let swapped = try lab.store(Saboteur(hasExchange: hasExchange).disk).swap(Lab.image, from: lab.path("arrived"))
        #expect(swapped.backup == "202601010800" && swapped.remarks.isEmpty && swapped.unfinished == nil)
        #expect(lab.content("images/win11") == Self.after)
        #expect(lab.names("arrived").isEmpty && lab.names(".linbo-hookd/win11").isEmpty)
        // No byte was copied but those of scripts, and the admin's own files are the same ones.
        #expect(try lab.status("images/win11/win11.qcow2").inode == new.inode)
        #expect(try lab.status("images/win11/backups/202601010800/win11.qcow2").inode == old.inode)
        #expect(try lab.status("images/win11/win11.reg").inode == reg.inode)
        let copy = try lab.status("images/win11/backups/202601010800/win11.qcow2.postsync")
        #expect(copy.mode == 0o755 && copy.links == 1)
        #expect(try lab.status("images/win11/backups/202601010800/win11.qcow2.macct").mode == 0o600)
        #expect(try lab.status("images/win11/win11.qcow2").links == 1)
    }

    /// `fsync` of each file and directory before the exchange, and of both directories that hold the names before
    /// anything goes.
    @Test func allIsOnTheDiskInTime() throws {
        let lab = try Lab()
        try lab.makeSchool()
        let saboteur = Saboteur()
        _ = try lab.publish(saboteur.disk).get()
        let calls = saboteur.calls
        let exchange = try #require(calls.firstIndex { $0.hasPrefix("exchange") })
        for file in lab.names("images/win11").filter({ $0.hasPrefix("win11.qcow2.") && !$0.hasSuffix("sync") }) {
            guard !file.hasSuffix(".BAK") else { continue }
            #expect(calls[..<exchange].contains("fsync \(lab.path("arrived/\(file)"))"), "\(file)")
        }
        #expect(calls[..<exchange].contains("fsync \(lab.path("arrived/win11.qcow2"))"))
        #expect(calls[..<exchange].contains("fsync \(lab.work)/win11/new"))
        #expect(calls[..<exchange].contains("fsync \(lab.work)/win11/journal"))
        #expect(calls[exchange - 1] == "fsync \(lab.work)/win11")
        #expect(
            calls[exchange + 1] == "fsync \(lab.path("images"))" && calls[exchange + 2] == "fsync \(lab.work)/win11")
        #expect(!calls.contains { $0.hasPrefix("write") && $0.contains("qcow2") && !$0.contains("postsync") })
    }

    @Test func aDifferenceTakesOnlyItsOwnFilesAlong() throws {
        let lab = try Lab()
        try lab.makeSchool()
        try lab.makeSet(
            "win11.qdiff", in: "difference", text: "new diff", timestamp: "202603031100", suffixes: [".info"])
        let swapped = try lab.store().swap(Lab.difference, from: lab.path("difference"))
        #expect(swapped.backup == "202602020900")
        #expect(
            lab.names("images/win11/backups/202602020900") == [
                "win11.qcow2.postsync", "win11.qdiff", "win11.qdiff.desc", "win11.qdiff.info", "win11.reg",
            ])
        #expect(lab.read("images/win11/win11.qcow2") == "old image")
        #expect(lab.read("images/win11/win11.qdiff") == "new diff" && !lab.exists("images/win11/win11.qdiff.desc"))
    }

    @Test func aSidecarThatDidNotChangeIsTheBackupsOwn() throws {
        let lab = try Lab()
        try lab.makeSchool()
        unlink(lab.path("arrived/win11.qcow2.desc"))
        link(lab.path("images/win11/win11.qcow2.desc"), lab.path("arrived/win11.qcow2.desc"))
        _ = try lab.publish().get()
        #expect(try lab.status("images/win11/backups/202601010800/win11.qcow2.desc").links == 1)
        #expect(lab.read("images/win11/win11.qcow2.desc") == "old image.desc")
    }

    @Test func aFirstImageNeedsNoDirectory() throws {
        let lab = try Lab()
        try lab.makeSet("win11.qcow2", in: "arrived", text: "new", timestamp: "202603031000")
        let swapped = try lab.store().swap(Lab.image, from: lab.path("arrived"))
        #expect(swapped.backup == nil && swapped.unfinished == nil)
        #expect(lab.read("images/win11/win11.qcow2") == "new" && !lab.exists("images/win11/backups"))
        #expect(try lab.status("images/win11").mode == 0o755)
    }

    @Test func aDirectoryWithScriptsOnlyMakesNoBackup() throws {
        let lab = try Lab()
        try lab.write("reg", to: "images/win11/win11.reg")
        chmod(lab.path("images/win11"), 0o750)
        try lab.makeSet("win11.qcow2", in: "arrived", text: "new", timestamp: "202603031000")
        #expect(try lab.store().swap(Lab.image, from: lab.path("arrived")).backup == nil)
        #expect(lab.read("images/win11/win11.reg") == "reg" && !lab.exists("images/win11/backups"))
        #expect(try lab.status("images/win11").mode == 0o750)
    }

    @Test func aTakenMinuteIsFollowedByTheNextFreeOne() throws {
        let lab = try Lab()
        try lab.makeSchool()
        try lab.write("x", to: "images/win11/backups/202601010800/win11.qcow2")
        try lab.write("x", to: "images/win11/backups/202601010801/win11.qcow2")
        #expect(try lab.store().swap(Lab.image, from: lab.path("arrived")).backup == "202601010802")
    }

    @Test func withoutInfoTheImagesOwnTimeNamesTheBackup() throws {
        let lab = try Lab()
        try lab.makeSchool()
        try lab.write("timestamp=\"$(id)\"", to: "images/win11/win11.qcow2.info")
        let time = [timespec(tv_sec: 1_767_268_800, tv_nsec: 0), timespec(tv_sec: 1_767_268_800, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, lab.path("images/win11/win11.qcow2"), time, 0) == 0)
        let backup = try #require(try lab.store().swap(Lab.image, from: lab.path("arrived")).backup)
        #expect(backup == SetTime.text(1_767_268_800) && backup.hasPrefix("20260101"))
    }
}

extension SwapTests {
    @Test("an exchange that failed and happened all the same: the backup has its name in the report")
    func exchangedWithAnError() throws {
        let lab = try Lab()
        try lab.makeSchool()
        let next = "\(lab.work)/win11/new"
        let disk = Disk(probe: { call, path throws(ImageStoreError) in
            guard call == "exchange" else { return }
            let aside = "\(path).aside"
            guard rename(path, aside) == 0, rename(next, path) == 0, rename(aside, next) == 0 else { return }
            throw .failed("renameat2", path, code: EIO)
        })
        let swapped = try lab.publish(disk).get()
        #expect(swapped.backup == "202601010800" && swapped.remarks.count == 1)
        #expect(lab.read("images/win11/win11.qcow2") == "new image")
        #expect(lab.read("images/win11/backups/202601010800/win11.qcow2") == "old image")
    }
}
