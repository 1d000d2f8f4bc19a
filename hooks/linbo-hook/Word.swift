/// A word of the command line, as bytes. Embedded Swift compares texts by their bytes only without the tables of
/// Unicode, which would be most of this program.
struct Word {
    let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// `case "--help":`
    static func ~= (pattern: StaticString, word: Word) -> Bool {
        pattern.withUTF8Buffer { $0.elementsEqual(word.bytes) }
    }
}
