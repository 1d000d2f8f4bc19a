import API
import Foundation
import LinboModel

/// How results look: aligned tables for people, JSON for programs.
package enum Output {
    /// Indented, keys in order: what `--json` prints.
    package static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The same in one line, for programs that read line by line.
    package static func line(_ value: some Encodable) throws -> String {
        String(decoding: try APICoding.encoded(value), as: UTF8.self)
    }

    /// Columns as wide as their widest cell, two spaces between them, no spaces at line ends. On a terminal rows are as
    /// wide as it is: cells go on in the next line, broken between words.
    /// - Parameter isBad: whether a row, by its index, is shown in red; cells have no colours of their own.
    package static func table(
        _ header: [String], _ rows: [[String]], width: Int? = Terminal.width, hasColour: Bool = Terminal.hasColour,
        isBad: (Int) -> Bool = { _ in false }
    ) -> String {
        let rows = rows.map { $0.map(printable) }
        let layout = TableLayout(header, rows, width: width)
        let lines = rows.enumerated().map { index, row in
            let text = layout.text(of: row)
            return isBad(index) ? Style.red.applied(to: text, hasColour: hasColour) : text
        }
        return ([Style.bold.applied(to: layout.text(of: header), hasColour: hasColour)] + lines).joined(separator: "\n")
    }

    /// What a client sent can't move the cursor of whoever looks at it.
    package static func printable(_ text: String) -> String {
        LinboModel.printable(text)
    }

    /// Local time, to the second.
    package static func time(milliseconds: Int64) -> String {
        localTime(Int(milliseconds / 1000))
    }

    /// `1.2 MB`, in powers of 1000.
    package static func size(_ bytes: Int64?) -> String {
        bytes.map { byteSize($0) } ?? "-"
    }

    /// By its code in ECMA-48's SGR, as terminals take it.
    package enum Style: String {
        case bold = "1"
        case red = "31"
        case green = "32"
        case yellow = "33"

        /// The text with the codes around it; without them where nobody wants colour.
        package func applied(to text: String, hasColour: Bool = Terminal.hasColour) -> String {
            hasColour ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
        }
    }
}
