import Crypto

/// What a swarm knows a torrent by: SHA-1 of its info dictionary.
package struct InfoHash: Sendable, Hashable, CustomStringConvertible {
    /// 20 of them.
    package let bytes: [UInt8]

    init(of info: some Sequence<UInt8>) {
        var hash = Insecure.SHA1()
        hash.update(data: Array(info))
        bytes = Array(hash.finalize())
    }

    /// 40 hex digits in lower case, as all tools write it.
    package var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// What a `.hash` file holds; opentracker's whitelist is many of them.
    package var line: String { "\(description)\n" }
}
