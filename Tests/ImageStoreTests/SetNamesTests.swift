import LinboModel
import Testing

@testable import ImageStore

@Suite struct SetNamesTests {
    @Test(arguments: [
        ("win11.qcow2", SetNames.Role.set, SetNames.Role.other), ("win11.qcow2.info", .set, .other),
        ("win11.qcow2.macct", .set, .other), ("win11.macct", .set, .other), ("win11.qdiff", .set, .set),
        ("win11.qdiff.info", .set, .set), ("win11.qdiff.torrent.aria2", .set, .other), ("win11.reg", .script, .script),
        ("win11.qdiff.postsync", .script, .script), ("win11.qcow2.driverpostsync", .script, .script),
        ("win11.prestart", .script, .script), ("win11.qcow2.BAK", .other, .other), ("win11.qdiff.BAK", .other, .other),
        ("win11.qcow2.info.BAK", .other, .other), ("win11", .other, .other), ("win11b.qcow2", .other, .other),
        ("win1.qcow2", .other, .other), ("win11.iso", .other, .other), ("win11.iso.reg", .script, .script),
        (".win11.qcow2.a8Xk2f", .other, .other), ("image.reg", .other, .other),
    ])
    func roles(_ name: String, ofImage: SetNames.Role, ofDifference: SetNames.Role) {
        #expect(SetNames(Lab.image).role(of: name) == ofImage)
        #expect(SetNames(Lab.difference).role(of: name) == ofDifference)
    }

    @Test func minutesGoOnOverMidnightAndTheYear() {
        #expect(Array(SetTime.candidates(from: "202512312359").prefix(2)) == ["202512312359", "202601010000"])
        #expect(Array(SetTime.candidates(from: "202602282359").prefix(2)) == ["202602282359", "202603010000"])
        #expect(Array(SetTime.candidates(from: "garbage").prefix(1)) == ["garbage"])
        #expect(SetTime.isOne("202512312359") && !SetTime.isOne("20251231235") && !SetTime.isOne("2025123123x9"))
    }
}
