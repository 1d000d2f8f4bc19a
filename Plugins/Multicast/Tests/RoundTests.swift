import FuzzKit
import Testing

@testable import Multicast
@testable import Supervision

/// What udp-sender writes, as a value.
@Suite struct RoundTests {
    private func round(_ text: String) -> Round {
        Round(
            text.split(separator: "\n", omittingEmptySubsequences: true).enumerated().map {
                ServiceLine(at: Int64($0.offset) * 1000, text: String($0.element))
            })
    }

    private static let head = """
        Udp-sender 20120424
        Using mcast address 234.0.0.1
        UDP sender for (stdin) at 10.0.0.1 on eth0
        Broadcasting control to 10.0.0.255
        """
    private static let joined =
        head + """

            New connection from 10.0.0.12  (#0) 00000009
            New connection from 10.0.0.11  (#1) 00000009
            """

    @Test("it listens, gathers, sends, and all have the image") func whole() {
        #expect(round("").phase == .starting && round("Udp-sender 20120424").phase == .starting)
        #expect(round(Self.head).phase == .waiting && !round(Self.head).isBusy)
        let gathering = round(Self.joined)
        #expect(gathering.phase == .gathering && gathering.isBusy && gathering.began == nil)
        #expect(gathering.present.map(\.address) == ["10.0.0.12", "10.0.0.11"])
        let sending = round(
            Self.joined + "\nStarting transfer: 00000009\nbytes= 30 000 256  re-xmits=0000000 (  0.0%) slice=0112 -   1"
        )
        #expect(
            sending.phase == .sending && sending.bytes == 30_000_256 && sending.began == 6000 && sending.moved == 7000)
        let ended = round(
            Self.joined + "\nStarting transfer: 00000009\nbytes=     1 456  re\nTransfer complete.?\n"
                + "Disconnecting #0 (10.0.0.12)\nDisconnecting #1 (10.0.0.11)")
        #expect(ended.phase == .ended && ended.isClean && ended.bytes == 1456)
        #expect(ended.receivers.map(\.state) == [.done, .done])
    }

    @Test("who went before the end, and who was given up, has no image: the round is not clean") func lost() {
        let begun = Self.joined + "\nStarting transfer: 00000009\n"
        let left = round(begun + "Disconnecting #1 (10.0.0.11)\nTransfer complete.?\nDisconnecting #0 (10.0.0.12)")
        #expect(left.receivers.map(\.state) == [.done, .left] && !left.isClean)
        let dropped = round(
            begun + "Dropping client #0 because of timeout\nDisconnecting #0 (10.0.0.12)\nTransfer complete.?")
        #expect(dropped.receivers.map(\.state) == [.dropped, .done] && !dropped.isClean)
        let early = round(Self.joined + "\nDisconnecting #0 (10.0.0.12)\nDisconnecting #1 (10.0.0.11)")
        #expect(early.phase == .waiting && early.present.isEmpty)
    }

    @Test("a number that is given again is the last PC's; the next run begins with nobody") func again() {
        let text = Self.joined + "\nDisconnecting #0 (10.0.0.12)\nNew connection from 10.0.0.13  (#0) 00000009"
        #expect(round(text).present.map(\.address) == ["10.0.0.11", "10.0.0.13"])
        #expect(round(text + "\nDisconnecting #0 (10.0.0.13)").present.map(\.address) == ["10.0.0.11"])
        #expect(round(text + "\n" + Self.head) == round(Self.head))
    }

    @Test("any lines make some round, and no more receivers than were told") func anything() {
        let sample =
            Self.joined + "\nStarting transfer: 00000009\nbytes= 1 456 re\nTransfer complete.\nDropping client #1 b"
        var fuzz = Fuzz(
            "udp-sender", texts: [sample, "New connection from  (#", "bytes=99999999999999999999"], spice: "#( :=")
        for _ in 0..<2000 {
            let text = String(decoding: fuzz.next(), as: UTF8.self)
            let made = round(text)
            #expect(made.receivers.count <= text.split(separator: "\n").count && made.bytes >= 0)
        }
    }
}
