import LinboModel
import Testing

@testable import TFTPTransport

@Suite("TFTP options")
struct OptionTests {
    private func agree(
        _ options: [(String, String)], size: Int64 = 9, limits: OptionLimits = OptionLimits()
    ) throws -> TransferOptions {
        TransferOptions(try Packets.request("f", options: options), size: size, limits: limits)
    }

    @Test(
        arguments: [
            ("512", 512), ("8", 8), ("65464", 65_464), ("65465", 65_464), ("4294967808", 65_464),
        ]) func blockSizes(wish: String, agreed: Int) throws
    {
        let options = try agree([("blksize", wish)])
        #expect(options.blockSize == agreed)
        #expect(options.agreed.map(\.value) == [Int64(agreed)])
    }

    @Test(arguments: ["7", "0", "-512", "x", "", "512x", " 512", "18446744073709552128", "0x200"])
    func oddBlockSizesAreIgnored(wish: String) throws {
        let options = try agree([("blksize", wish)])
        #expect(options.blockSize == 512)
        #expect(options.agreed.isEmpty)
    }

    @Test(arguments: [("1", 1), ("16", 16), ("65535", 64)]) func windows(wish: String, agreed: Int) throws {
        #expect(try agree([("windowsize", wish)]).windowSize == agreed)
    }

    @Test(arguments: ["0", "65536", "many"]) func oddWindowsAreIgnored(wish: String) throws {
        #expect(try agree([("windowsize", wish)]).agreed.isEmpty)
    }

    @Test func timeoutsOfOneTo255Seconds() throws {
        #expect(try agree([("timeout", "255")]).timeout == 255)
        #expect(try agree([("timeout", "0")]).timeout == nil)
        #expect(try agree([("timeout", "256")]).agreed.isEmpty)
    }

    @Test func theSizeIsExact() throws {
        #expect(try agree([("tsize", "0")], size: 5_368_709_121).agreed.map(\.value) == [5_368_709_121])
    }

    @Test func aRepeatedOptionCountsOnceAndUnknownOnesNever() throws {
        let options = try agree([("blksize", "1024"), ("BLKSIZE", "2048"), ("multicast", ""), ("", "")])
        #expect(options.blockSize == 1024)
        #expect(options.agreed.count == 1)
    }

    @Test func limitsAndQuirks() throws {
        var limits = OptionLimits(blockSize: 1428, windowSize: 16)
        let request = try Packets.request("f", options: [("blksize", "8192"), ("windowsize", "64"), ("tsize", "0")])
        let quirks = [
            Quirk(macPrefix: [0x52, 0x54], blockSize: 1024),
            Quirk(options: ["windowsize", "tsize"], windowSize: 4, refused: ["tsize"]),
            Quirk(options: ["multicast"], blockSize: 8),
        ]
        limits.apply(quirks, to: request, mac: MACAddress("52:54:00:00:00:01"))
        let options = TransferOptions(request, size: 9, limits: limits)
        #expect(options.blockSize == 1024)
        #expect(options.windowSize == 4)
        #expect(options.agreed.count == 2)
        var others = OptionLimits(blockSize: 1428, windowSize: 16)
        others.apply([quirks[0]], to: request, mac: nil)
        #expect(others.blockSize == 1428)
    }
}
