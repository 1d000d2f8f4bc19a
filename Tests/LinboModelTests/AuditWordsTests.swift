import Foundation
import LinboModel
import Testing

/// The words of the audit log: typed here, text in the database and in `--json`, and the same text after a way through
/// both.
@Suite struct AuditWordsTests {
    private static let outcomes: [OutcomeWord] =
        OutcomeWord.plain + [
            .refused(nil), .refused("it is another's"), .failed(nil), .failed(.text("the disk is full: 3 bytes left")),
            .uncertain(.died), .more(7), .lost(12), .other("captured"),
        ]

    @Test("each word comes back from its text, and from JSON")
    func roundTrip() throws {
        for word in Decision.all + [.other("capture")] {
            #expect(Decision(rawValue: word.rawValue) == word)
            #expect(try JSONDecoder().decode(Decision.self, from: JSONEncoder().encode(word)) == word)
        }
        for outcome in Self.outcomes {
            #expect(OutcomeWord(rawValue: outcome.rawValue) == outcome)
            #expect(try JSONDecoder().decode(OutcomeWord.self, from: JSONEncoder().encode(outcome)) == outcome)
        }
        #expect(
            try String(decoding: JSONEncoder().encode([OutcomeWord.failed(.rsync(12))]), as: UTF8.self)
                == #"["failed: rsync 12"]"#)
    }

    private static let causes: [Cause] =
        Cause.plain + [
            .rsync(23), .rsync(-1), .silent(block: 3, of: 70_000), .client(code: 0, text: ""),
            .client(code: 8, text: "no room: 3 left"), .text("no answer at block 3 of 7"), .text(""),
        ]

    @Test("each cause has a code that it comes back from, and a sentence for people")
    func causes() throws {
        for cause in Self.causes {
            #expect(Cause(rawValue: cause.rawValue) == cause)
            let outcome = OutcomeWord.failed(cause)
            #expect(OutcomeWord(rawValue: outcome.rawValue) == outcome)
            #expect(outcome.description == "failed: \(cause.description)")
        }
        #expect(OutcomeWord.failed(.rsync(12)).description == "failed: the client went away (rsync's status 12)")
        for text in ["rsync", "rsync x", "rsync 012", "silent 1", "silent 1/x", "client", "client x y", "died "] {
            #expect(Cause(rawValue: text) == .text(text), "\(text)")
        }
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
            #expect(Decision(rawValue: text).rawValue == text)
        }
    }

    @Test("docs/audit.md explains each word")
    func documented() throws {
        let page = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "docs/audit.md"), encoding: .utf8)
        for word in Decision.all { #expect(page.contains("| `\(word.rawValue)` |"), "\(word)") }
        for cause in Cause.plain { #expect(page.contains("| `\(cause.rawValue)` | \(cause)"), "\(cause)") }
        for outcome in Self.outcomes where outcome != .other("captured") {
            #expect(page.contains("\(outcome.word)"), "\(outcome.word)")
        }
    }
}
