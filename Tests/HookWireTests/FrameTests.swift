import FuzzKit
import HookWire
import Testing

@Suite struct FrameTests {
    @Test func aFrameComesBackAsItWasSent() throws {
        let fields = [Array("RSYNC_PID=1".utf8), [], [0, 255, 10]]
        let bytes = try HookFrame(call: .pre, fields: fields).encoded()
        let (call, length) = try HookFrame.header(bytes.prefix(HookFrame.headerLength))
        #expect(call == .pre)
        #expect(length == bytes.count - HookFrame.headerLength)
        #expect(try HookFrame(call: call, payload: bytes.dropFirst(HookFrame.headerLength)).fields == fields)
    }

    static let wrongHeaders: [([UInt8], HookFrameError)] = [
        ([], .cutOff),
        (Array("LH".utf8) + [1, 2, 0, 0, 0], .cutOff),
        (Array("XX".utf8) + [1, 2, 0, 0, 0, 0], .notAFrame),
        (Array("LH".utf8) + [9, 2, 0, 0, 0, 0], .version(9)),
        (Array("LH".utf8) + [1, 99, 0, 0, 0, 0], .unknownCall(99)),
        (Array("LH".utf8) + [1, 2, 255, 255, 255, 255], .tooLong(0xFFFF_FFFF)),
    ]

    @Test(arguments: wrongHeaders)
    func refusesWrongHeaders(_ bytes: [UInt8], _ error: HookFrameError) {
        #expect(throws: error) { try HookFrame.header(bytes[...]) }
    }

    @Test func refusesAFieldThatIsCutOff() {
        #expect(throws: HookFrameError.cutOff) { try HookFrame(call: .pre, payload: [0, 0, 0, 9, 1]) }
    }

    @Test func refusesMoreThanTheLimit() {
        let field = [UInt8](repeating: 0, count: HookFrame.maximumLength)
        #expect(throws: HookFrameError.self) { try HookFrame(call: .pre, fields: [field]).encoded() }
    }

    @Test func repliesComeBackAsTheyWereSent() throws {
        let bytes = HookReply(.refuse, "no").encoded()
        let header = try #require(HookReply.header(bytes.prefix(HookReply.headerLength)))
        #expect(header.verdict == .refuse)
        #expect(header.length == 2)
        #expect(HookReply.header([7, 0, 0, 0, 0]) == nil)
    }

    @Test("at the limit they are sent, and one byte more is not: a reply says so instead of ending in the middle")
    func limits() throws {
        let most = [UInt8](repeating: 0, count: HookFrame.maximumLength - 4)
        #expect(try HookFrame(call: .pre, fields: [most]).encoded().count == 8 + HookFrame.maximumLength)
        #expect(throws: HookFrameError.tooLong(HookFrame.maximumLength + 1)) {
            try HookFrame(call: .pre, fields: [most + [0]]).encoded()
        }
        let text = [UInt8](repeating: 0x20, count: HookReply.maximumLength)
        let whole = HookReply(.proceed, text: text).encoded()
        #expect(HookReply.header(whole.prefix(5)).map { $0 == (.proceed, text.count) } == true)
        #expect(whole.count == 5 + text.count)
        let refused = HookReply(.proceed, text: text + [0]).encoded()
        #expect(HookReply.header(refused.prefix(5))?.verdict == .refuse && refused.count < 200)
    }

    @Test func anyBytesAreReadOrRefused() throws {
        let sample = try HookFrame(call: .post, fields: [Array("RSYNC_PID=7".utf8), Array("A=b".utf8)]).encoded()
        var fuzz = Fuzz("frames", samples: [sample], spice: "LH\u{1}\u{2}\u{3}")
        for _ in 0..<20_000 {
            let bytes = fuzz.next()
            guard let (call, _) = try? HookFrame.header(bytes[...]) else { continue }
            if let frame = try? HookFrame(call: call, payload: bytes.dropFirst(HookFrame.headerLength)) {
                #expect(
                    try frame.encoded().dropFirst(HookFrame.headerLength).elementsEqual(
                        bytes.dropFirst(HookFrame.headerLength)))
            }
        }
    }
}
