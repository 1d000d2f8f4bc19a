import Foundation
import FuzzKit
import LinboModel
import Testing

@testable import ImageStore

@Suite("N1: hostile numbers in images")
struct HostileNumberTests {
    @Test("N1: images whose headers don't fit their size") func images() throws {
        let lab = try Lab(inMemory: true)
        let check = ImageCheck(Lab.image, baseInfo: nil)
        var header = [UInt8](repeating: 0, count: 112)
        header.replaceSubrange(0..<8, with: [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3])
        header[23] = 9
        header[27] = 1
        header[103] = 104
        let path = lab.path("arrived/win11.qcow2")
        try Hostile(around: [112, 1023]).bytes(header) { bytes in
            // Most are refused by their magic or version without a look at the rest.
            guard bytes.prefix(8).elementsEqual(header.prefix(8)) else { return }
            try Data(bytes).write(to: URL(filePath: path))
            _ = try? check.check(image: path, info: nil)
        }
    }

    @Test("N1: times of sets", arguments: [Int64.min, -1, 0, 1 << 40, 1 << 56, .max])
    func times(_ time: Int64) {
        _ = SetTime.text(time)
        for text in ["000000000000", "999999999999", "197001010000", "٠٠٠٠٠٠"] {
            #expect(Array(SetTime.candidates(from: text).prefix(3)).count == 3)
        }
    }

    @Test("N1: a journal on disk") func journals() throws {
        let journal = SwapJournal(
            image: "win11.qcow2", label: "images/win11", oldInode: 5, newInode: 6, backup: "202601010800",
            leaving: ["win11.qcow2"], source: "/x", incoming: ["win11.qcow2"], used: nil)
        let text = String(decoding: try JSONEncoder().encode(journal), as: UTF8.self)
        Hostile().text(text) { _ = try? JSONDecoder().decode(SwapJournal.self, from: Data($0.utf8)) }
    }
}
