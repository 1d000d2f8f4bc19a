import Foundation
import Glibc
import HookTesting
import LinboModel
import Testing

@testable import ImageStore

@Suite struct PruneTests {
    private func lab(inMemory: Bool = false) throws -> Lab {
        let lab = try Lab(inMemory: inMemory)
        try lab.write("live", to: "images/win11/win11.qcow2")
        for month in 1...5 { try lab.write("0123456789", to: "images/win11/backups/20250\(month)010000/win11.qcow2") }
        try lab.write("x", to: "images/win11/backups/202401010000/win11.qdiff")
        try lab.write("x", to: "images/win11/backups/before the exam/win11.qcow2")
        return lab
    }

    @Test func theOldestGo() throws {
        let lab = try lab()
        let trial = try lab.store().prune(Lab.image, keep: 3, isTrial: true)
        #expect(lab.names("images/win11/backups").count == 7)
        let pruned = try lab.store().prune(Lab.image, keep: 3)
        #expect(pruned == trial && pruned.removed.map(\.timestamp) == ["202502010000", "202501010000"])
        #expect(pruned.bytes == 20)
        #expect(
            pruned.kept.map(\.timestamp) == ["202505010000", "202504010000", "202503010000", "before the exam"])
        // Of another image, and what an admin named, are left alone.
        #expect(
            lab.names("images/win11/backups") == [
                "202401010000", "202503010000", "202504010000", "202505010000", "before the exam",
            ])
        #expect(try lab.store().prune(Lab.image, keep: 3).removed.isEmpty)
        #expect(try lab.store().prune(Lab.difference, keep: 0).removed.count == 1)
    }

    @Test func whatIsOpenOrHasAnotherNameStays() async throws {
        let lab = try lab()
        // Not by FileHandle: a child of another test, started right then, would inherit it.
        let reader = open(lab.path("images/win11/backups/202501010000/win11.qcow2"), O_RDONLY | O_CLOEXEC)
        #expect(reader >= 0)
        link(lab.path("images/win11/backups/202502010000/win11.qcow2"), lab.path("view"))
        let pruned = try lab.store().prune(Lab.image, keep: 1)
        #expect(pruned.removed.map(\.timestamp) == ["202504010000", "202503010000"])
        let reasons = Dictionary(uniqueKeysWithValues: pruned.kept.map { ($0.timestamp, $0.reason ?? "") })
        #expect(reasons["202501010000"] == "win11.qcow2 is open in another process")
        #expect(reasons["202502010000"]?.contains("another name") == true && reasons["202505010000"] == "")
        close(reader)
        unlink(lab.path("view"))
        // A child of another test that was started before the `close` has it open until it is what it shall be.
        var removed = 0
        try await eventually("both go") {
            removed += try lab.store().prune(Lab.image, keep: 1).removed.count
            return removed == 2
        }
    }

    @Test func aPruneStoppedAnywhereLeavesNoHalfABackup() throws {
        var step = 0
        while true {
            let lab = try lab(inMemory: true)
            let disk = Saboteur(failing: step).disk
            let result = Result { () throws(ImageStoreError) in try lab.store(disk).prune(Lab.image, keep: 4) }
            #expect(
                lab.names("images/win11/backups").count == (lab.exists("images/win11/backups/202501010000") ? 7 : 6))
            #expect(lab.store().recover().isEmpty && lab.names(".linbo-hookd/win11").isEmpty)
            guard case .failure = result else { break }
            step += 1
        }
        #expect(step > 5)
    }
}
