import HookHost
import LinboModel

/// A line of a PC's `image.status`: `202611281245 applied: win11.qcow2 "202611271200"`, or
/// `202611281245 created: win11.qcow2 202611281240`.
struct ImageStatusLine: Sendable, Hashable {
    enum Act: String, Sendable, CaseIterable {
        case applied, created
    }

    /// `YYYYMMDDhhmm` by the PC's clock.
    let at: String
    let act: Act
    let image: ImageName
    /// As in the image's `.info`; nil: it had none.
    let timestamp: String?

    /// nil for what is not exactly such a line, and for images that are no system's.
    init?(_ text: Substring) {
        let words = text.split(separator: " ", maxSplits: 4)
        guard words.count == 4 || (words.count == 3 && words[1] == "created:"), Self.isTime(words[0]),
            words[1].hasSuffix(":"), let act = Act(rawValue: String(words[1].dropLast())),
            let image = ImageName(words[2]), image.kind != .iso
        else { return nil }
        var stamp = words.count == 4 ? words[3] : ""
        if stamp.utf8.count >= 2, stamp.hasPrefix("\""), stamp.hasSuffix("\"") { stamp = stamp.dropFirst().dropLast() }
        guard stamp.isEmpty || Self.isTime(stamp) else { return nil }
        (at, self.act, self.image, timestamp) = (String(words[0]), act, image, stamp.isEmpty ? nil : String(stamp))
    }

    /// As the PC writes it.
    var text: String {
        let stamp = timestamp ?? ""
        return "\(at) \(act.rawValue): \(image) " + (act == .applied ? "\"\(stamp)\"" : stamp)
    }

    private static func isTime(_ text: Substring) -> Bool {
        let digits = text.utf8.map { Int($0) - 0x30 }
        guard digits.count == 12, digits.allSatisfy({ (0...9).contains($0) }) else { return false }
        func pair(_ offset: Int) -> Int { digits[offset] * 10 + digits[offset + 1] }
        return (1...12).contains(pair(4)) && (1...31).contains(pair(6)) && pair(8) < 24 && pair(10) < 60
    }
}

/// A PC's `image.status`: what system it got when. Upstream keeps the last line alone, so that a PC with two systems
/// loses one of them; here each image has a line.
struct ImageStatus: Sendable, Equatable {
    static let sizeLimit = 1 << 16
    /// More images than any disk holds.
    static let most = 100

    /// The one that came last is the last.
    private(set) var lines: [ImageStatusLine] = []
    /// Lines that are none.
    private(set) var odd = 0

    init(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.sizeLimit else {
            odd = 1
            return
        }
        for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            guard let text = String(validating: line, as: UTF8.self), let parsed = ImageStatusLine(text[...]) else {
                odd += 1
                continue
            }
            add(parsed)
        }
    }

    /// With another one that came later: of each image its line, if it has one.
    func merged(with later: ImageStatus) -> ImageStatus {
        var all = self
        for line in later.lines { all.add(line) }
        return all
    }

    private mutating func add(_ line: ImageStatusLine) {
        // A qdiff is the same system as the qcow2 below it.
        lines.removeAll { $0.image.base == line.image.base }
        lines.append(line)
        if lines.count > Self.most { lines.removeFirst(lines.count - Self.most) }
    }

    var bytes: [UInt8] { Array(lines.map { $0.text + "\n" }.joined().utf8) }
}
