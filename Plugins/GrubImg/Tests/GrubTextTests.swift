import FuzzKit
import LinboModel
import Testing

@testable import GrubImg

/// Words and templates of whatever there is in a start.conf.
@Suite struct GrubTextTests {
    /// Reads one word as GRUB's shell does: nil if it is none, or not the whole text.
    private func read(_ text: String) -> String? {
        var word = ""
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "'":
                guard let end = rest.firstIndex(of: "'") else { return nil }
                word.unicodeScalars += rest[..<end]
                rest = rest[rest.index(after: end)...]
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                word.unicodeScalars.append(escaped)
            case " ", "\t", "\n", "\"", "$", ";", "&", "|", "<", ">", "{", "}", "#", "`", "(", ")", "*", "?", "~":
                return nil
            default: word.unicodeScalars.append(scalar)
            }
        }
        return word
    }

    @Test("whatever is quoted is one word for GRUB, and the same but for what nobody sees") func quoting() {
        var fuzz = Fuzz(
            "word", texts: ["it's", "a b", "'", "''", "$x;{}", "\\'", "ü\u{301}'\u{301}"], spice: "'\\\"$;{}|&#` \t")
        for _ in 0..<5000 {
            let text = fuzz.nextText()
            let visible = String(
                String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
            #expect(read(GrubWord.quoted(text)) == visible, "\(text.debugDescription)")
            for word in GrubWord.split(text) where !word.unicodeScalars.contains("\"") {
                // Put between double quotes again, as GRUB does it, it is the same word.
                #expect(GrubWord.split("\"\(word)\"") == [word])
            }
        }
    }

    @Test("a template is taken or refused with a line of its own, and values never become directives") func templates()
    {
        var fuzz = Fuzz(
            "template",
            texts: ["@@if a@@\nx @@b@@\n@@end@@\n", "@@each list@@\n@@b@@\n@@end@@\ny", "@@unless a@@\n@@end@@"],
            spice: "@ab\n")
        var taken = 0
        for _ in 0..<5000 {
            let text = fuzz.nextText()
            do throws(Problem) {
                let template = try Template(parsing: text, file: "t", known: ["a", "b", "list"])
                taken += 1
                func filled(_ a: String, _ b: String) -> String {
                    template.filled(["a": .text(a), "b": .text(b), "list": .list([["b": .text(a)], [:]])])
                }
                // The same conditions hold: nothing of the template goes, or comes, by what a value looks like.
                #expect(filled("@@end@@", "@@b@@").count { $0 == "@" } >= filled("x", "y").count { $0 == "@" })
            } catch {
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
                #expect((1...lines).contains(error.location.line) && !error.fix.isEmpty)
            }
        }
        #expect(taken > 100)
    }

    @Test("blocks nest, and an inner value hides the outer one only there") func nesting() throws {
        let text = "@@each list@@\n@@if a@@\n@@each list@@\n@@b@@\n@@end@@\n@@end@@\n@@b@@\n@@end@@\n@@b@@\n"
        let template = try Template(parsing: text, file: "t", known: ["a", "b", "list"])
        let inner: Template.Value = .list([["b": .text("3")]])
        let values: [String: Template.Value] = [
            "b": .text("1"), "list": .list([["b": .text("2"), "a": .flag(true), "list": inner], [:]]),
        ]
        #expect(template.filled(values) == "3\n2\n1\n1\n")
    }

    @Test(
        "a device's partition is GRUB's, as far as GRUB can count",
        arguments: [
            ("/dev/sda255", "hd0,255"), ("/dev/sda256", nil), ("/dev/sdz1", "hd25,1"), ("/dev/sdaa1", nil),
            ("/dev/nvme99n1p1", "hd99,1"), ("/dev/nvme100n1p1", nil), ("/dev/nvme0n2p1", nil), ("/dev/nvmen1p1", nil),
            ("/dev/mmcblkp1", nil), ("/dev/sda1 ", nil), ("/dev/sda99999999999999999999", nil), ("/dev/", nil),
            ("", nil),
            ("/dev/sd\u{661}1", nil), ("/dev/nvme\u{661}n1p1", nil), ("/dev/xvdc2", "hd2,2"), ("/dev/hdb3", "hd1,3"),
        ] as [(String, String?)])
    func devices(_ device: String, _ grub: String?) {
        #expect(GrubDevice(device)?.text == grub)
    }
}
