import Foundation
import LinboModel
import LinuxKit
import Testing

@testable import ImageStore

@Suite struct ListTests {
    @Test func imagesWithWhatIsWrongWithThem() throws {
        let lab = try Lab()
        try lab.makeSchool()
        try lab.write("x", to: "images/win10/win10.qcow2")
        try lab.write("y", to: "images/win10/other.iso")
        try lab.write("z", to: "images/tmp/win10.qcow2")
        try lab.write(
            Lab.info("gone.qcow2", "202601010000", size: 1), to: "images/gone/backups/202601010000/gone.qcow2")
        symlink("/etc", lab.path("images/etc"))
        let inventory = try lab.store().list()
        #expect(
            inventory.images.map(\.image) == ["gone.qcow2", "other.iso", "win10.qcow2", "win11.qcow2", "win11.qdiff"])
        let image = inventory.images[3]
        #expect(image.size == 9 && image.timestamp == "202601010800" && image.problems.isEmpty)
        #expect(image.sidecars == SetNames.sidecars && image.backups.map(\.timestamp) == ["202501010000"])
        #expect(inventory.images[0].size == nil && inventory.images[0].backups.count == 1)
        #expect(inventory.images[1].problems.count == 2, "no .info, and in the wrong directory")
        #expect(inventory.images[2].problems == ["there is no .info: clients fetch this image each time"])
        #expect(inventory.leftovers == ["images/tmp", "images/win11/win11.qcow2.BAK"])
        #expect(inventory.problems.count == 1 && inventory.problems[0].contains("images/etc"))
        #expect(try lab.store().find(Lab.image) == image && lab.store().find(Lab.name("no.qcow2")) == nil)
    }

    @Test func anInfoThatDoesNotFit() throws {
        let lab = try Lab()
        try lab.makeSchool()
        try lab.write(Lab.info("win10.qcow2", "202601010000", size: 1), to: "images/win11/win11.qcow2.info")
        try lab.write("timestamp=$(id)", to: "images/win11/win11.qdiff.info")
        let images = try lab.store().list().images
        #expect(images[0].problems.count == 2 && images[0].problems[0].contains("says 1 bytes, the file has 9"))
        #expect(images[1].problems.count == 1 && images[1].timestamp == nil)
    }

    /// The same few changes of the disk as for 9 bytes, on the same inodes.
    @Test func aHundredGigabytesAreNotCopied() throws {
        let small = try Lab()
        try small.makeSchool()
        let few = Saboteur()
        _ = try small.publish(few.disk).get()
        let lab = try Lab()
        try lab.makeSchool()
        for name in ["arrived/win11.qcow2", "images/win11/win11.qcow2"] {
            #expect(truncate(lab.path(name), 100 << 30) == 0)
        }
        let (old, new) = (try lab.status("images/win11/win11.qcow2"), try lab.status("arrived/win11.qcow2"))
        let saboteur = Saboteur()
        _ = try lab.publish(saboteur.disk).get()
        #expect(saboteur.count == few.count)
        #expect(try lab.status("images/win11/win11.qcow2").inode == new.inode)
        _ = try lab.store().rollback(Lab.image)
        #expect(try lab.status("images/win11/win11.qcow2").inode == old.inode)
        #expect(try lab.status("images/win11/win11.qcow2").size == 100 << 30)
    }
}
