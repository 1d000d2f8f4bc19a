import Foundation
import LinboModel
import Testing

/// The words of the audit log: typed here, text in the database and in `--json`, and the same text after a way through
/// both.
@Suite struct AuditWordsTests {
    private static let outcomes: [OutcomeWord] =
        OutcomeWord.plain + [
            .refused(nil), .refused("it is another's"), .failed(nil), .failed("the disk is full: 3 bytes left"),
            .uncertain("nobody told"), .more(7), .lost(12), .other("captured"),
        ]

    @Test("each word comes back from its text, and from JSON")
    func roundTrip() throws {
        for word in DecisionWord.all + [.other("capture")] {
            #expect(DecisionWord(rawValue: word.rawValue) == word)
            #expect(try JSONDecoder().decode(DecisionWord.self, from: JSONEncoder().encode(word)) == word)
        }
        for outcome in Self.outcomes {
            #expect(OutcomeWord(rawValue: outcome.rawValue) == outcome)
            #expect(try JSONDecoder().decode(OutcomeWord.self, from: JSONEncoder().encode(outcome)) == outcome)
        }
        #expect(
            try String(decoding: JSONEncoder().encode([OutcomeWord.failed("x")]), as: UTF8.self) == #"["failed: x"]"#)
    }

    @Test("what an older version, or a plugin, has written stays as it is")
    func anyText() {
        let texts = [
            "", ":", "failed", "failed:", "failed: ", "failed: a: b", "Failed: x", "05 more", "5 more", "5 more ",
            "-1 lost",
            "99999999999999999999 more", "delivered ", "not  read", "é: ü",
        ]
        for text in texts {
            #expect(OutcomeWord(rawValue: text).rawValue == text)
            #expect(DecisionWord(rawValue: text).rawValue == text)
        }
    }

    @Test("docs/audit.md explains each word")
    func documented() throws {
        let page = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "docs/audit.md"), encoding: .utf8)
        for word in DecisionWord.all { #expect(page.contains("| `\(word.rawValue)` |"), "\(word)") }
        for outcome in Self.outcomes where outcome != .other("captured") {
            #expect(page.contains("\(outcome.word)"), "\(outcome.word)")
        }
    }
}
