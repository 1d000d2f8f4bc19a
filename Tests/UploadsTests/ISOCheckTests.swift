import Foundation
import FuzzKit
import Glibc
import HookHost
import LinuxKit
import Testing

@testable import Uploads

/// ISO 9660 as far as it is looked at.
@Suite final class ISOCheckTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/iso-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { FileTree.remove(directory) }

    private static func both(_ number: UInt32, _ width: Int) -> [UInt8] {
        let little = (0..<width).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
        return little + little.reversed()
    }

    /// - Parameters:
    ///   - sectors: of the file, 2048 bytes each.
    ///   - kinds: the volume descriptors from sector 16 on, by their type.
    static func iso(
        blocks: UInt32, block: UInt32 = 2048, sectors: Int = 24, kinds: [UInt8] = [1, 255], seed: UInt8 = 0
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: seed, count: sectors * 2048)
        for (number, kind) in kinds.enumerated() {
            let start = (16 + number) * 2048
            bytes.replaceSubrange(start..<start + 7, with: [kind] + Array("CD001".utf8) + [1])
            guard kind == 1 else { continue }
            bytes.replaceSubrange(start + 80..<start + 88, with: both(blocks, 4))
            bytes.replaceSubrange(start + 128..<start + 132, with: both(block, 2))
        }
        return bytes
    }

    /// - Returns: why it is none; nil: it is one.
    private func fault(_ bytes: [UInt8]) throws -> String? {
        let path = "\(directory)/x.iso"
        try Data(bytes).write(to: URL(filePath: path))
        do {
            try ISOCheck.check(path)
            return nil
        } catch let refusal as Refusal {
            return refusal.reason
        }
    }

    @Test("a volume may be as large as its file, and not a block larger", arguments: [512, 1024, 2048] as [UInt32])
    func size(_ block: UInt32) throws {
        let blocks = UInt32(24 * 2048) / block
        #expect(try fault(Self.iso(blocks: blocks, block: block)) == nil)
        #expect(try fault(Self.iso(blocks: blocks - 1, block: block)) == nil)
        #expect(try fault(Self.iso(blocks: blocks + 1, block: block))?.hasPrefix("it was cut off: ") == true)
        #expect(try fault(Self.iso(blocks: blocks, block: block).dropLast())?.hasPrefix("it was cut off: ") == true)
    }

    @Test("the primary descriptor may come behind others, but not behind their end, and not out of sight")
    func descriptors() throws {
        #expect(try fault(Self.iso(blocks: 24, kinds: [0, 2, 3, 1, 255])) == nil)
        #expect(try fault(Self.iso(blocks: 60, sectors: 60, kinds: Array(repeating: 0, count: 31) + [1])) == nil)
        for kinds in [[255, 1], [], [0, 2], Array(repeating: 0, count: 32) + [1]] as [[UInt8]] {
            #expect(
                try fault(Self.iso(blocks: 60, sectors: 60, kinds: kinds))?.contains("no volume descriptor") == true)
        }
        #expect(try fault([])?.contains("no volume descriptor") == true)
        #expect(try fault(Array(Self.iso(blocks: 1).prefix(17 * 2048 - 1)))?.contains("no volume descriptor") == true)
    }

    @Test("numbers that can't be are refused, whatever they are") func numbers() throws {
        #expect(try fault(Self.iso(blocks: 0))?.contains("0 blocks of 2048") == true)
        for block in [0, 1, 4096, 65_535] as [UInt32] {
            #expect(try fault(Self.iso(blocks: 1, block: block))?.contains("blocks of \(block) bytes") == true)
        }
        let whole = Self.iso(blocks: 24)
        var taken = 0
        for place in [(16 * 2048 + 80)..<(16 * 2048 + 88), (16 * 2048 + 128)..<(16 * 2048 + 132)] {
            try Hostile().bytes(Array(whole[place])) { field in
                var bytes = whole
                bytes.replaceSubrange(place, with: field)
                if try self.fault(bytes) == nil { taken += 1 }
            }
        }
        #expect(taken > 0)
        #expect(throws: SystemError.self) { try ISOCheck.check("\(self.directory)/none") }
        symlink("\(directory)/x.iso", "\(directory)/link")
        #expect(throws: SystemError.self) { try ISOCheck.check("\(self.directory)/link") }
    }
}
