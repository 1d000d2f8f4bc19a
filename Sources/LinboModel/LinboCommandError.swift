/// Why a text is no list of LINBO commands, and where.
package struct LinboCommandError: Error, Sendable, Hashable, CustomStringConvertible {
    /// 0-based, in characters of the text.
    package let column: Int
    /// What is wrong, and how to write it if that is known; without the place.
    package let message: String

    /// - Parameter column: 0-based, in characters of the text.
    package init(column: Int, message: String) {
        self.column = column
        self.message = message
    }

    /// Counts the place from 1, as people do.
    package var description: String { "at character \(column + 1): \(message)" }

    /// Two lines: the text, and a caret under the wrong place.
    package func caret(under text: some StringProtocol) -> String {
        let shown = text.map { hasControlCharacter(String($0)) ? " " : $0 }
        return String(shown) + "\n" + String(repeating: " ", count: min(column, shown.count)) + "^"
    }
}
