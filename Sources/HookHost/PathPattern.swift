/// A pattern of paths that a plugin claims: `*` stands for any run of characters but `/`, `**/` for any number of
/// directories (none, too), `**` at the end for everything below. Written by plugin authors only, never by clients.
package struct PathPattern: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The pattern as it was written.
    package let description: String
    private let bytes: [UInt8]

    /// For patterns that are put together at run time.
    package init(_ pattern: String) {
        description = pattern
        bytes = Array(pattern.utf8)
    }

    /// The usual way: `["motto.txt"]`.
    package init(stringLiteral pattern: String) {
        self.init(pattern)
    }

    /// Byte by byte, in the case of letters that the path has.
    package func matches(_ path: TreePath) -> Bool {
        var text = path.text
        return text.withUTF8 { text in
            bytes.withUnsafeBufferPointer { Self.match($0[...], text[...]) }
        }
    }

    private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>
    private static let star = UInt8(ascii: "*")
    private static let slash = UInt8(ascii: "/")

    private static func match(_ pattern: Bytes, _ text: Bytes) -> Bool {
        var pattern = pattern
        var text = text
        while let next = pattern.first {
            if next == star { return matchStar(pattern, text) }
            guard text.first == next else { return false }
            pattern = pattern.dropFirst()
            text = text.dropFirst()
        }
        return text.isEmpty
    }

    private static func matchStar(_ pattern: Bytes, _ text: Bytes) -> Bool {
        let crossesDirectories = pattern.dropFirst().first == star
        let rest = pattern.dropFirst(crossesDirectories ? 2 : 1)
        if crossesDirectories, rest.first == slash { return matchDirectories(rest.dropFirst(), text) }
        var text = text
        while true {
            if match(rest, text) { return true }
            guard let skipped = text.first, crossesDirectories || skipped != slash else { return false }
            text = text.dropFirst()
        }
    }

    /// `**/rest`: `rest` at the start of the text or behind any of its slashes.
    private static func matchDirectories(_ rest: Bytes, _ text: Bytes) -> Bool {
        if match(rest, text) { return true }
        for index in text.indices where text[index] == slash {
            if match(rest, text[(index + 1)...]) { return true }
        }
        return false
    }
}
