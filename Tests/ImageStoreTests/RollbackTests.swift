import Foundation
import LinboModel
import LinuxKit
import Synchronization
import Testing

@testable import ImageStore

@Suite struct RollbackTests {
    @Test func theSetOfABackupGoesLiveWholeAndTheLiveOneBecomesABackup() throws {
        let lab = try Lab()
        try lab.makeSchool()
        let before = lab.content("images/win11")
        let inode = try lab.status("images/win11/win11.qcow2").inode
        _ = try lab.publish().get()
        // The admin changes a script for the new image; the old one's comes back with the old image.
        try lab.write("new reg", to: "images/win11/win11.reg")
        let back = try lab.store().rollback(Lab.image)
        #expect(back.used.timestamp == "202601010800" && back.swapped.backup == "202603031000")
        #expect(back.swapped.remarks.isEmpty && back.swapped.unfinished == nil)
        let after = lab.content("images/win11")
        #expect(after.filter { !$0.key.hasPrefix("backups/2026") } == before)
        #expect(try lab.status("images/win11/win11.qcow2").inode == inode)
        #expect(
            lab.content("images/win11/backups/202603031000") == [
                "win11.qcow2": "new image", "win11.qcow2.desc": "new image.desc",
                "win11.qcow2.torrent": "new image.torrent",
                "win11.qcow2.info": Lab.info("win11.qcow2", "202603031000", size: 9),
                "win11.reg": "new reg", "win11.qcow2.postsync": "post",
            ])
        #expect(!lab.exists("images/win11/backups/202601010800"))
        // And forward again.
        #expect(try lab.store().rollback(Lab.image).used.timestamp == "202603031000")
        #expect(lab.read("images/win11/win11.qcow2") == "new image" && lab.read("images/win11/win11.reg") == "new reg")
        #expect(!lab.exists("images/win11/win11.qdiff") && !lab.exists("images/win11/win11.qcow2.hash"))
    }

    @Test func aBackupIsChosenByItsName() throws {
        let lab = try Lab()
        try lab.makeSchool()
        #expect(try lab.store().rollback(Lab.image, to: "202501010000").swapped.backup == "202601010800")
        #expect(lab.read("images/win11/win11.qcow2") == "older" && !lab.exists("images/win11/win11.qcow2.info"))
        // It has no .info, so its backup has the image's own time.
        #expect(try lab.store().rollback(Lab.image, to: "202601010800").swapped.backup?.hasPrefix("20") == true)
        #expect(lab.read("images/win11/win11.qcow2.macct") == "old image.macct")
    }

    @Test func whatIsNotThereIsToldWithWhatIs() throws {
        let lab = try Lab()
        try lab.makeSchool()
        let wrong = #expect(throws: ImageStoreError.self) { try lab.store().rollback(Lab.image, to: "202501010001") }
        #expect(wrong?.kind == .noBackup && wrong?.fix == "choose one of 202501010000")
        let none = #expect(throws: ImageStoreError.self) { try lab.store().rollback(Lab.difference) }
        #expect(none?.kind == .noBackup)
        let unknown = #expect(throws: ImageStoreError.self) { try lab.store().rollback(Lab.name("win10.qcow2")) }
        #expect(unknown?.kind == .noImage)
        #expect(lab.read("images/win11/win11.qcow2") == "old image")
    }

    @Test func filesOfABackupThatAreNotOfTheSetStayInIt() throws {
        let lab = try Lab()
        try lab.makeSchool()
        try lab.write("diary", to: "images/win11/backups/202501010000/diary")
        let back = try lab.store().rollback(Lab.image)
        #expect(back.swapped.remarks.count == 1)
        #expect(lab.names("images/win11/backups/202501010000") == ["diary"])
    }

    @Test func whatWasCutOffIsFinishedFirstAndTold() throws {
        let lab = try Lab()
        try lab.makeSchool()
        let isOver = Mutex(false)
        let disk = Disk(probe: { call, path throws(ImageStoreError) in
            let stops = isOver.withLock { isOver in
                defer { isOver = isOver || call == "exchange" }
                return isOver
            }
            if stops { throw ImageStoreError(.stopped, path, "stopped", fix: "none") }
        })
        #expect(throws: ImageStoreError.self) { try lab.publish(disk).get() }
        #expect(lab.read("images/win11/win11.qcow2") == "new image" && !lab.exists("images/win11/backups"))
        let back = try lab.store().rollback(Lab.image)
        #expect(back.swapped.remarks.count == 1 && back.swapped.remarks[0].contains("was live when"), "\(back)")
        #expect(lab.read("images/win11/win11.qcow2") == "old image")
        #expect(lab.names("images/win11/backups") == ["202501010000", "202603031000"])
    }

    @Test(arguments: [true, false]) func aRollbackStoppedAnywhereIsWholeAfterTheStart(hasExchange: Bool) throws {
        var steps = 0
        while try stop(before: steps, hasExchange: hasExchange) { steps += 1 }
        #expect(steps > 30)
    }

    private func stop(before step: Int, hasExchange: Bool) throws -> Bool {
        let lab = try Lab(inMemory: true)
        try lab.makeSchool()
        try lab.makeSet(
            "win11.qcow2", in: "images/win11/backups/202501010000", text: "older", timestamp: "202501010000")
        let before = lab.content("images/win11")
        let saboteur = Saboteur(failing: step, hasExchange: hasExchange)
        let result = Result { () throws(ImageStoreError) in try lab.store(saboteur.disk).rollback(Lab.image) }
        _ = lab.store().recover()
        let after = lab.content("images/win11")
        let place = Comment(rawValue: "stopped at \(step): \(saboteur.calls.last ?? "")")
        if after != before {
            #expect(after["win11.qcow2"] == "older" && after["win11.qcow2.macct"] == "older.macct", place)
            #expect(after["win11.qdiff"] == nil && after["backups/202601010800/win11.qdiff"] == "old diff", place)
            #expect(!lab.exists("images/win11/backups/202501010000"), place)
            #expect(after["backups/202601010800/win11.qcow2"] == "old image", place)
        }
        #expect(lab.names(".linbo-hookd/win11").isEmpty, place)
        guard case .failure = result else { return false }
        return true
    }
}
