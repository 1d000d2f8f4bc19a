import LinboModel

/// The last lines of a service, and the beginning of the next one.
struct LogRing {
    private(set) var lines: [ServiceLine] = []
    private var rest: [UInt8] = []

    private static let most = 500
    private static let longest = 4096

    /// - Parameter now: milliseconds since 1970.
    mutating func add(_ bytes: some Sequence<UInt8>, at now: Int64) {
        for byte in bytes {
            guard byte != UInt8(ascii: "\n") else {
                end(at: now)
                continue
            }
            if rest.count < Self.longest { rest.append(byte) }
        }
    }

    /// What was begun is a line.
    mutating func end(at now: Int64) {
        guard !rest.isEmpty else { return }
        lines.append(ServiceLine(at: now, text: printable(String(decoding: rest, as: UTF8.self), most: 1000)))
        rest = []
        if lines.count > Self.most { lines.removeFirst(lines.count - Self.most) }
    }
}
