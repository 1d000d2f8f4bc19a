import FuzzKit
import LinboModel
import Testing

@Suite struct Qcow2HeaderTests {
    @Test(arguments: [2, 3] as [UInt32]) func values(version: UInt32) throws {
        var sample = Qcow2Sample(version: version, backingFile: "win11.qcow2")
        sample.extensions = [(Qcow2Sample.backingFormat, Array("qcow2".utf8)), (0x6803_F857, [1, 2, 3])]
        let header = try Qcow2Header(parsing: sample.bytes)
        #expect(header.version == version && header.clusterBits == 16 && header.virtualSize == 1 << 30)
        #expect(header.backingFile == "win11.qcow2" && header.backingFormat == "qcow2" && header.dataFile == nil)
        #expect(header.encryption == .none && !header.isDirty && !header.isCorrupt && header.shortestFile == 0x30010)
    }

    @Test func features() throws {
        var sample = Qcow2Sample(incompatibleFeatures: 7)
        sample.extensions = [(Qcow2Sample.dataFile, Array("disk.raw".utf8))]
        let header = try Qcow2Header(parsing: sample.bytes)
        #expect(header.isDirty && header.isCorrupt && header.dataFile == "disk.raw" && header.backingFile == nil)
        #expect(try Qcow2Header(parsing: Qcow2Sample(incompatibleFeatures: 4).bytes).dataFile == "")
        #expect(try Qcow2Header(parsing: Qcow2Sample(incompatibleFeatures: 1 << 40).bytes).unknownFeatures == 1 << 40)
        // Without its bit the extension means nothing, and version 2 has no features.
        sample.incompatibleFeatures = 0
        #expect(try Qcow2Header(parsing: sample.bytes).dataFile == nil)
    }

    @Test func refuses() {
        func error(_ change: (inout [UInt8]) -> Void, _ sample: Qcow2Sample = Qcow2Sample(backingFile: "a"))
            -> Qcow2Error?
        {
            var bytes = sample.bytes
            change(&bytes)
            do { _ = try Qcow2Header(parsing: bytes) } catch { return error }
            return nil
        }
        #expect(error { _ in } == nil)
        #expect(error { $0 = [] } == .noMagic)
        #expect(error { $0[3] = 0 } == .noMagic)
        #expect(error { $0[7] = 4 } == .version(4))
        #expect(error { $0[23] = 8 } == .clusterBits(8))
        #expect(error { $0[23] = 22 } == .clusterBits(22))
        #expect(error { $0[35] = 3 } == .encryption(3))
        #expect(error { $0[103] = 96 } == .headerLength(96))
        #expect(error { $0[103] = 108 } == .headerLength(108))
        #expect(error { $0 = Array($0.prefix(103)) } == .tooShort)
        #expect(error { $0[40] = 0xFF } == .tables)
        #expect(error { for index in 40..<48 { $0[index] = 0xFF } } == .tables)
        // The name's length, its place behind the first cluster, and behind all that is.
        #expect(error { $0[18] = 4 } == .backingFile)
        #expect(error { $0[13] = 1 } == .backingFile)
        #expect(error { $0[8] = 0xFF } == .backingFile)
        #expect(error { $0[14] = 0xF0 } == .tooShort)
        let long = Qcow2Sample(extensions: [(7, [1])])
        #expect(error({ $0[108] = 0x7F }, long) == .extensionLength(7))
    }

    @Test func hostileBytes() {
        var sample = Qcow2Sample(backingFile: "win11.qcow2")
        sample.extensions = [(Qcow2Sample.backingFormat, Array("qcow2".utf8)), (Qcow2Sample.dataFile, [65])]
        let samples = [sample.bytes, Qcow2Sample(version: 2).bytes, Qcow2Sample(incompatibleFeatures: 4).bytes]
        var fuzz = Fuzz("qcow2", samples: samples, spice: "QFI\u{FB}\u{2}\u{3}")
        for _ in 0..<30_000 {
            let bytes = fuzz.next()
            guard let header = try? Qcow2Header(parsing: bytes) else { continue }
            #expect((9...21).contains(header.clusterBits) && header.backingFile?.utf8.count ?? 0 <= 2046)
        }
    }
}
