import Glibc

/// isc-dhcp's lease file: `lease ADDRESS { statement; … }`. Strings in it are chosen by clients, so it is read token by
/// token: a host name that looks like a lease stays a string.
enum ISCLeases {
    /// - Returns: where the last statement ends. One that is cut off is still being written: what stood before it
    ///   counts.
    static func read(_ bytes: [UInt8], into leases: inout [IPAddress: Leases.Lease]) -> Int {
        var tokens = ISCTokens(bytes)
        var end = 0
        while let head = tokens.statement() {
            let words = head.words
            if head.end == .open {
                if words.count == 2, words[0] == .word("lease"), case .word(let text) = words[1],
                    let address = IPAddress(text)
                {
                    guard let lease = Lease(reading: &tokens) else { break }
                    leases[address] = lease.value
                } else if !tokens.skipBlock() {
                    break
                }
            }
            end = tokens.index
        }
        return end
    }

    private struct Lease {
        private var mac: MACAddress?
        private var isBound = false
        /// Unix seconds; nil: unknown, and so over.
        private var ends: Int64?

        init?(reading tokens: inout ISCTokens) {
            while let statement = tokens.statement() {
                switch statement.end {
                case .semicolon: read(statement.words.compactMap { $0.text })
                case .open: tokens.skipBlock()
                case .close: return
                }
            }
            return nil
        }

        /// nil: it is not active.
        var value: Leases.Lease? {
            guard isBound, let mac, let ends else { return nil }
            return Leases.Lease(mac: mac, ends: ends)
        }

        private mutating func read(_ words: [String]) {
            guard words.count >= 2 else { return }
            switch (words[0], words[1]) {
            case ("binding", "state"): isBound = words.count == 3 && words[2] == "active"
            case ("hardware", "ethernet"): mac = words.count == 3 ? MACAddress(words[2]) : nil
            case ("ends", "never"): ends = .max
            case ("ends", "epoch"): ends = words.count >= 3 ? Int64(words[2]) : nil
            case ("ends", _): ends = words.count >= 4 ? unixSeconds(date: words[2], time: words[3]) : nil
            default: break
            }
        }
    }

    /// `2026/05/04` and `07:30:00`, in UTC.
    private static func unixSeconds(date: String, time: String) -> Int64? {
        let parts = (date.split(separator: "/") + time.split(separator: ":")).compactMap { Int32($0) }
        guard parts.count == 6, (1970...9999).contains(parts[0]), (1...12).contains(parts[1]),
            (1...31).contains(parts[2]), (0...23).contains(parts[3]), (0...59).contains(parts[4]),
            (0...60).contains(parts[5])
        else { return nil }
        var moment = tm()
        (moment.tm_year, moment.tm_mon, moment.tm_mday) = (parts[0] - 1900, parts[1] - 1, parts[2])
        (moment.tm_hour, moment.tm_min, moment.tm_sec) = (parts[3], parts[4], parts[5])
        return Int64(timegm(&moment))
    }
}
