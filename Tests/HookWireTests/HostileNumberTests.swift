import FuzzKit
import HookWire
import Testing

@Suite("N1: hostile numbers in frames")
struct HostileNumberTests {
    @Test("N1: lengths of frames, fields and replies") func frames() throws {
        let sample = try HookFrame(call: .post, fields: [Array("RSYNC_PID=7".utf8), Array("A=b".utf8)]).encoded()
        Hostile(around: [UInt64(sample.count), UInt64(HookFrame.maximumLength)]).bytes(sample) { bytes in
            _ = try? HookFrame.header(bytes[...])
            _ = try? HookFrame(call: .post, payload: bytes.dropFirst(HookFrame.headerLength))
        }
        Hostile(around: [UInt64(HookReply.maximumLength)]).bytes(HookReply(.refuse, "no").encoded()) { bytes in
            _ = HookReply.header(bytes[...])
        }
    }
}
