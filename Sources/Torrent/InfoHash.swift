import Crypto

/// What a swarm knows a torrent by: SHA-1 of its info dictionary.
package struct InfoHash: Sendable, Hashable, CustomStringConvertible {
    /// In bytes.
    package static let length = 20

    /// 20 of them.
    package let bytes: [UInt8]

    init(of info: some Sequence<UInt8>) {
        var hash = Insecure.SHA1()
        hash.update(data: Array(info))
        bytes = Array(hash.finalize())
    }

    /// As trackers and peers send it; nil for any other number of bytes than 20.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = Array(bytes)
    }

    /// 40 hex digits in lower case, as all tools write it.
    package var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// What a `.hash` file holds; opentracker's whitelist is many of them.
    package var line: String { "\(description)\n" }
}
