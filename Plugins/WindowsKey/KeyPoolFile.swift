import HookStore
import LinboModel

/// A parsed pool file: `product;key;activations;comment`, one key a line. A wrong line is left out, with a problem
/// that holds nothing of the line: a key may stand in any column of it.
struct KeyPoolFile: Equatable {
    struct Entry: Equatable {
        let product: Product
        let key: ProductKey
        let activations: Int
        let line: Int

        var poolKey: KeyLedger.PoolKey { KeyLedger.PoolKey(key: key, activations: activations) }
    }

    private(set) var entries: [Entry] = []
    private(set) var problems: [Problem] = []

    /// A file of garbage must not fill memory or the log.
    static let problemLimit = 200

    /// - Parameter file: the name that problems carry.
    init(parsing bytes: [UInt8], file: String) {
        var lineOf: [ProductKey: Int] = [:]
        var body = bytes[...]
        if body.starts(with: [0xEF, 0xBB, 0xBF]) { body = body.dropFirst(3) }
        for (offset, line) in body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let number = offset + 1
            do throws(LineError) {
                guard let entry = try Self.entry(line, number) else { continue }
                if let first = lineOf[entry.key] {
                    throw LineError(column: nil, "this key stands in line \(first) already", fix: "keep one of them")
                }
                lineOf[entry.key] = number
                entries.append(entry)
            } catch {
                guard problems.count < Self.problemLimit else { continue }
                let place = SourceLocation(file: file, line: number, column: error.column)
                problems.append(Problem(location: place, what: error.what, fix: error.fix))
            }
        }
    }
}

// MARK: - One line

extension KeyPoolFile {
    private struct LineError: Error {
        let column: Int?
        let what: String
        let fix: String

        init(column: Int?, _ what: String, fix: String) {
            self.column = column
            self.what = what
            self.fix = fix
        }
    }

    /// A field between blanks, with its 1-based place in the line.
    private struct Field {
        let text: String
        let column: Int

        init(_ bytes: ArraySlice<UInt8>, in line: ArraySlice<UInt8>) {
            let start = bytes.firstIndex { !Self.isBlank($0) } ?? bytes.endIndex
            let end = bytes.lastIndex { !Self.isBlank($0) }.map { $0 + 1 } ?? start
            text = String(decoding: bytes[start..<end], as: UTF8.self)
            column = String(decoding: line[..<start], as: UTF8.self).unicodeScalars.count + 1
        }

        private static func isBlank(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
        }
    }

    /// nil: a comment or an empty line.
    private static func entry(_ line: ArraySlice<UInt8>, _ number: Int) throws(LineError) -> Entry? {
        let whole = Field(line, in: line)
        guard let first = whole.text.utf8.first, first != UInt8(ascii: "#") else { return nil }
        let fields = line.split(separator: UInt8(ascii: ";"), maxSplits: 3, omittingEmptySubsequences: false)
            .map { Field($0, in: line) }
        guard fields.count >= 3 else {
            throw LineError(
                column: whole.column, "a line of \(fields.count) columns", fix: "write product;key;activations;comment"
            )
        }
        guard let product = Product(rawValue: fields[0].text.lowercased()) else {
            throw LineError(column: fields[0].column, "unknown product", fix: "write windows or office first")
        }
        let key = try key(fields[1])
        guard let activations = Int(fields[2].text), activations >= 1 else {
            throw LineError(
                column: fields[2].column, "the number of activations is no whole number from 1 on",
                fix: "write how many hosts may have the key")
        }
        return Entry(product: product, key: key, activations: activations, line: number)
    }

    private static func key(_ field: Field) throws(LineError) -> ProductKey {
        do throws(ProductKeyError) {
            return try ProductKey(field.text)
        } catch {
            var column = field.column
            if case .character(let position) = error { column += position - 1 }
            throw LineError(column: column, error.description, fix: "copy the key again")
        }
    }
}
