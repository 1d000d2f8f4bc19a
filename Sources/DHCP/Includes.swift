/// Where a server's own configuration includes a file: neither in a comment, nor another file whose name begins alike.
struct Includes {
    private let bytes: [UInt8]
    private let server: DHCPServer
    private var isComment: [Bool]

    init(_ text: String, for server: DHCPServer) {
        bytes = Array(text.utf8)
        self.server = server
        isComment = Array(repeating: false, count: bytes.count)
        markComments()
    }

    /// The text with another file in that one's place; nil: it includes no such file.
    func replacing(_ file: String, with other: String) -> String? {
        let name = Array(file.utf8)
        var made: [UInt8] = []
        var done = 0
        for start in bytes.indices where start >= done && isIncluded(name, at: start) {
            made += bytes[done..<start] + Array(other.utf8)
            done = start + name.count
        }
        return done == 0 ? nil : String(decoding: made + bytes[done...], as: UTF8.self)
    }

    // MARK: Directives

    private func isIncluded(_ name: [UInt8], at start: Int) -> Bool {
        let end = start + name.count
        guard end <= bytes.count, !isComment[start], bytes[start..<end].elementsEqual(name) else { return false }
        var before = bytes[..<start]
        let isQuoted = before.last == UInt8(ascii: "\"")
        if isQuoted { before.removeLast() }
        let next = end < bytes.count ? bytes[end] : UInt8(ascii: "\n")
        guard isQuoted ? next == UInt8(ascii: "\"") : Self.isBlank(next) else { return false }
        dropBlanks(&before)
        switch server {
        case .isc: return isQuoted && ends(before, "include")
        case .kea: return isQuoted && ends(before, "<?include")
        case .dnsmasq:
            guard before.popLast() == UInt8(ascii: "=") else { return false }
            dropBlanks(&before)
            return ends(before, "conf-file")
        }
    }

    /// A longer word that ends like it is none.
    private func ends(_ text: ArraySlice<UInt8>, _ word: String) -> Bool {
        guard text.suffix(word.utf8.count).elementsEqual(word.utf8) else { return false }
        guard let before = text.dropLast(word.utf8.count).last else { return true }
        return Self.isBlank(before) || [UInt8(ascii: ";"), UInt8(ascii: "}"), UInt8(ascii: "{")].contains(before)
            || server == .kea
    }

    private func dropBlanks(_ text: inout ArraySlice<UInt8>) {
        while let last = text.last, Self.isBlank(last) { text.removeLast() }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (9...13).contains(byte) }

    // MARK: Comments

    private mutating func markComments() {
        var index = 0
        var isQuoted = false
        while index < bytes.count {
            if let end = isQuoted ? nil : endOfComment(at: index) {
                for place in index..<end { isComment[place] = true }
                index = end
                continue
            }
            switch bytes[index] {
            case UInt8(ascii: "\\") where isQuoted: index += 1
            case UInt8(ascii: "\""): isQuoted.toggle()
            // No string goes over a line: one that is not closed hides no more than that.
            case UInt8(ascii: "\n"): isQuoted = false
            default: break
            }
            index += 1
        }
    }

    /// nil: none begins there.
    private func endOfComment(at start: Int) -> Int? {
        let (first, second) = (bytes[start], start + 1 < bytes.count ? bytes[start + 1] : 0)
        let slash = UInt8(ascii: "/")
        switch first {
        // dnsmasq takes one inside a word for a part of it.
        case UInt8(ascii: "#") where server != .dnsmasq || start == 0 || Self.isBlank(bytes[start - 1]): break
        case slash where server == .kea && second == slash: break
        case slash where server == .kea && second == UInt8(ascii: "*"):
            let end = (start + 2..<bytes.count).first { bytes[$0] == slash && bytes[$0 - 1] == UInt8(ascii: "*") }
            return end.map { $0 + 1 } ?? bytes.count
        default: return nil
        }
        return bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    }
}
