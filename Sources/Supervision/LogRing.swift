import LinboModel

/// The last lines of a service, and the beginning of the next one. A line that ends in a carriage return shows progress:
/// the next one is written over it, as on a terminal.
struct LogRing {
    private(set) var lines: [ServiceLine] = []
    private var rest: [UInt8] = []
    /// The last line is written over by the next.
    private var isProgress = false

    private static let most = 2000
    private static let longest = 4096

    /// - Parameter now: milliseconds since 1970.
    mutating func add(_ bytes: some Sequence<UInt8>, at now: Int64) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"):
                end(at: now)
                isProgress = false
            case UInt8(ascii: "\r"):
                guard !rest.isEmpty else { continue }
                end(at: now)
                isProgress = true
            default: if rest.count < Self.longest { rest.append(byte) }
            }
        }
    }

    /// What was begun is a line.
    mutating func end(at now: Int64) {
        guard !rest.isEmpty else { return }
        if isProgress { lines.removeLast() }
        lines.append(ServiceLine(at: now, text: printable(String(decoding: rest, as: UTF8.self), most: 1000)))
        rest = []
        isProgress = false
        if lines.count > Self.most { lines.removeFirst(lines.count - Self.most) }
    }
}
