import LinboModel

/// What is wrong in a text that says when, with a mark below the place.
package struct RuleError: Error, Sendable, Equatable, CustomStringConvertible {
    /// As it was given.
    let text: String
    /// The characters that are wrong, from 0; what is missing has none.
    let place: Range<Int>
    /// One clause.
    let what: String
    /// As an order; nil: `what` says it.
    let fix: String?

    init(_ text: String, _ place: Range<Int>, _ what: String, fix: String? = nil) {
        (self.text, self.place, self.what, self.fix) = (text, place, what, fix)
    }

    package var description: String {
        let marks = String(repeating: " ", count: place.lowerBound) + String(repeating: "^", count: max(1, place.count))
        return "\(what)\(fix.map { "; \($0)" } ?? "")\n    \(printable(text))\n    \(marks)"
    }
}
