/// How a request ended, for the audit log, metrics, `--json` and the tables of `linboctl` (docs/audit.md).
package enum OutcomeWord: Sendable, Hashable {
    /// The server sent all of it.
    case delivered
    /// It was offered, and the client read nothing of it.
    case untouched
    /// A listing or a dry run: names, sizes and times were sent.
    case lookedAt
    /// The client was told "no such file".
    case notThere
    /// The client was told no; the cause is for people.
    case refused(String?)
    /// It broke off; the cause is for people.
    case failed(Cause?)
    /// Nobody told the end: it may have been sent.
    case uncertain(Cause?)
    /// An upload came whole.
    case received
    /// An upload was the live file already.
    case unchanged
    /// An upload ended without a file.
    case nothingCame
    /// A set of uploads is live.
    case live
    /// So many more of this kind are not written one by one.
    case more(Int)
    /// So many could not be written.
    case lost(Int)
    /// A plugin's own word, or one of an older version.
    case other(String)

    /// Those without a cause or a number.
    package static let plain: [OutcomeWord] = [
        .delivered, .untouched, .lookedAt, .notThere, .received, .unchanged, .nothingCame, .live,
    ]

    /// `failed`, with or without a cause; `refused` and `lost` are none.
    package var hasFailed: Bool {
        if case .failed = self { true } else { false }
    }

    /// Without the cause, which is for people: what metrics count.
    package var word: String {
        switch self {
        case .delivered: "delivered"
        case .untouched: "not read"
        case .lookedAt: "looked at"
        case .notThere: "not there"
        case .refused: "refused"
        case .failed: "failed"
        case .uncertain: "uncertain"
        case .received: "received"
        case .unchanged: "unchanged"
        case .nothingCame: "nothing came"
        case .live: "live"
        case .more: "more"
        case .lost: "lost"
        case .other(let word): String(word.prefix { $0 != ":" })
        }
    }
}

extension OutcomeWord: RawRepresentable, Codable, CustomStringConvertible {
    /// What is no word of ours stays as it is.
    package init(rawValue text: String) {
        let known = Self.plain.first { $0.word == text } ?? Self.withCause(text) ?? Self.withNumber(text)
        self = known.flatMap { $0.rawValue == text ? $0 : nil } ?? .other(text)
    }

    private static func withCause(_ text: String) -> OutcomeWord? {
        let colon = text.firstRange(of: ": ")
        let cause = colon.map { String(text[$0.upperBound...]) }
        return switch colon.map({ String(text[..<$0.lowerBound]) }) ?? text {
        case "refused": .refused(cause)
        case "failed": .failed(cause.map { Cause(rawValue: $0) })
        case "uncertain": .uncertain(cause.map { Cause(rawValue: $0) })
        default: nil
        }
    }

    private static func withNumber(_ text: String) -> OutcomeWord? {
        let words = text.split(separator: " ")
        guard words.count == 2, let count = Int(words[0]) else { return nil }
        return switch words[1] {
        case "more": .more(count)
        case "lost": .lost(count)
        default: nil
        }
    }

    /// What is written: the word, with `: CAUSE` behind it or its number before it.
    package var rawValue: String {
        switch self {
        case .refused(let cause?): "\(word): \(cause)"
        case .failed(let cause?), .uncertain(let cause?): "\(word): \(cause.rawValue)"
        case .more(let count), .lost(let count): "\(count) \(word)"
        case .other(let text): text
        default: word
        }
    }

    /// For people.
    package var description: String {
        switch self {
        case .failed(let cause?), .uncertain(let cause?): "\(word): \(cause)"
        default: rawValue
        }
    }
}
