/// The daemon's answer.
///
///     | verdict: 1 byte | length: 4 bytes, big-endian | text |
package struct HookReply: Sendable, Equatable {
    /// What the hook does next.
    package enum Verdict: UInt8, Sendable {
        /// rsyncd goes on.
        case proceed = 0
        /// rsyncd ends the transfer and shows the text to the client.
        case refuse = 1
        /// Not done yet: the daemon lives, and the hook goes on waiting. No text.
        case hold = 2
        /// The daemon can't do it now; `once` shall try.
        case unable = 3
    }

    /// In bytes: verdict and length.
    package static let headerLength = 5
    /// Bytes of text; a longer one is not sent.
    package static let maximumLength = 8 << 20

    /// The frame's first byte.
    package let verdict: Verdict
    /// The reason for the client if it is refused; else mostly empty.
    package let text: [UInt8]

    /// - Parameter text: sent as UTF-8.
    package init(_ verdict: Verdict, _ text: String = "") {
        self.verdict = verdict
        self.text = Array(text.utf8)
    }

    /// For a text that is bytes already.
    package init(_ verdict: Verdict, text: [UInt8]) {
        self.verdict = verdict
        self.text = text
    }

    /// The whole frame; of a text that is too long for one, that it is: half of a JSON text would be none.
    package func encoded() -> [UInt8] {
        guard text.count <= Self.maximumLength else {
            return HookReply(.refuse, "the answer has \(text.count) bytes, and \(Self.maximumLength) are the limit")
                .encoded()
        }
        var bytes = [verdict.rawValue]
        bytes.appendBigEndian(UInt32(text.count))
        return bytes + text
    }

    /// The verdict and the length of the text behind the header; nil for bytes that are no header.
    package static func header(_ bytes: ArraySlice<UInt8>) -> (verdict: Verdict, length: Int)? {
        var reader = ByteReader(bytes)
        guard let code = reader.byte(), let verdict = Verdict(rawValue: code), let length = reader.bigEndian32(),
            length <= maximumLength
        else { return nil }
        return (verdict, Int(length))
    }
}
