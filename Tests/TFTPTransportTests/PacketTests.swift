import FuzzKit
import HookHost
import Testing

@testable import TFTPTransport

@Suite("TFTP packets")
struct PacketTests {
    @Test func aRequestIsTakenApart() throws {
        let request = try Packets.request(
            "/boot/grub/grub.cfg", mode: "OcTeT", options: [("BLKSIZE", "1024"), ("tsize", "0")])
        #expect(String(decoding: request.name, as: UTF8.self) == "/boot/grub/grub.cfg")
        #expect(request.mode == .octet)
        #expect(request.options.map { String(decoding: $0.name, as: UTF8.self) } == ["BLKSIZE", "tsize"])
    }

    @Test(
        arguments: [
            [], [0], [0, 1], [0, 1, 0], [0, 1, 0, 0], Array("\0\u{1}name".utf8), Array("\0\u{1}name\0".utf8),
            Array("\0\u{1}name\0octet".utf8), Array("\0\u{1}name\0mail\0".utf8), Array("\0\u{1}\0octet\0".utf8),
            Array("\0\u{1}name\0octet\0blksize\0512".utf8), Array("\0\u{1}name\0octet\0blksize".utf8),
            [1, 1] + Array("name\0octet\0".utf8), [UInt8](repeating: 0x61, count: 5_000),
        ] as [[UInt8]])
    func whatIsNoRequest(bytes: [UInt8]) {
        #expect(throws: RequestError.self) { try Packets.parse(bytes) }
    }

    @Test func aWriteRequestIsToldFromAMalformedOne() {
        #expect(throws: RequestError.writeRequest) { try Packets.parse(Packets.requestBytes("a", opcode: 2)) }
    }

    @Test func anOptionWithoutValueAsksForNothing() throws {
        let request = try Packets.parse(Array("\0\u{1}name\0octet\0blksize\0".utf8))
        #expect(request.options.isEmpty)
    }

    @Test func acknowledgementsAndErrors() {
        #expect(Packets.client([0, 4, 1, 2]) == .acknowledgement(258))
        #expect(Packets.client([0, 4, 1]) == .malformed)
        #expect(Packets.client([0, 5, 0, 8] + Array("no\u{1B}[31m\0rest".utf8)) == .error(8, text: "no?[31m"))
        #expect(Packets.client([0, 3, 0, 1]) == .unexpected)
        #expect(Packets.client([0, 9]) == .malformed)
        #expect(Packets.client([]) == .malformed)
    }

    @Test func whatTheServerSends() {
        #expect(ServerPacket.error(.fileNotFound, "no\0t there") == [0, 5, 0, 1] + Array("not there".utf8) + [0])
        let option = AgreedOption(name: Array("BlkSize".utf8), value: 1428)
        #expect(ServerPacket.optionAcknowledgement([option]) == [0, 6] + Array("BlkSize\u{0}1428\0".utf8))
    }

    @Test func netascii() {
        let text = Array("one\ntwo\r\nthree\rfour".utf8)
        let encoded = text.withUnsafeBytes { Netascii.encode($0) }
        #expect(String(decoding: encoded, as: UTF8.self) == "one\r\ntwo\r\0\r\nthree\r\0four")
    }

    @Test func fuzz() {
        var fuzz = Fuzz(
            "tftp",
            samples: [
                Packets.requestBytes(
                    "boot/grub/x", options: [("blksize", "1428"), ("windowsize", "16"), ("tsize", "0")]),
                Packets.requestBytes("a", mode: "netascii", options: [("timeout", "3")]), [0, 4, 0, 9],
                [0, 5, 0, 1] + Array("text\0".utf8),
            ], spice: "octetblksize0123456789\\/.")
        for _ in 0..<60_000 {
            let bytes = fuzz.next()
            _ = Packets.client(bytes)
            guard let request = try? Packets.parse(bytes) else { continue }
            let options = TransferOptions(request, size: 1000, limits: OptionLimits(blockSize: 1428, windowSize: 16))
            guard (8...1428).contains(options.blockSize), (1...16).contains(options.windowSize),
                request.options.count <= ReadRequest.optionLimit, options.agreed.count <= 4
            else {
                Issue.record("\(bytes) became \(options)")
                return
            }
            if let path = try? NameRules().path(request.name), path.text.utf8.contains(UInt8(ascii: "\\")) {
                Issue.record("\(bytes) became \(path)")
            }
        }
    }
}
