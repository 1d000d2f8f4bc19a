import FuzzKit
import HookConfig
import LinboModel
import LinuxKit
import Testing

/// YAML as values that know where they stand.
@Suite struct ConfigNodeTests {
    private func node(_ text: String) throws -> ConfigNode { try ConfigNode(yaml: text, file: "f") }

    private func fault(_ text: String) -> String? {
        do {
            _ = try ConfigNode(yaml: text, file: "f")
            return nil
        } catch {
            return error.description
        }
    }

    @Test(
        "what stands there has its place; what does not, that of the nearest thing above it",
        arguments: [
            ("a", "f:2:3"), ("a.b", "f:2:6"), ("a.c", "f:4:5"), ("a.c.1.d", "f:5:11"), ("a.c.2", "f:4:5"),
            ("a.c.-1", "f:4:5"), ("a.x.y", "f:2:3"), ("a.b.x", "f:2:6"), ("z", "f:1:1"), ("", "f:1:1"),
        ])
    func places(_ path: String, _ place: String) throws {
        let root = try node("a:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n")
        #expect("\(root.location(of: path))" == place)
        let isThere = ["a", "a.b", "a.c", "a.c.1.d", ""].contains(path)
        #expect((root.find(path) != nil) == isThere)
        if isThere { #expect(root.find(path)?.location == root.location(of: path)) }
    }

    @Test("quotes make a text of what is nothing without them")
    func nothing() throws {
        for (text, isEmpty) in [
            ("", true), ("~", true), ("null", true), ("''", false), ("'~'", false), ("\"null\"", false),
        ] {
            let value = try #require(try node("a: \(text)").find("a")).value
            if case .empty = value { #expect(isEmpty, "\(text)") } else { #expect(!isEmpty, "\(text)") }
        }
        for text in ["", "# nothing\n", "---\n"] {
            if case .empty = try node(text).value {} else { Issue.record("\(text)") }
        }
    }

    /// By it a reload sees what has changed.
    @Test("what it says is told alike however it is written, and never like something else")
    func plain() throws {
        let one = "a: 1\nb: [x, {c: d}]\n"
        for other in ["b:\n- x\n- c: 'd'\na: \"1\" # one\n", "{b: [x, {\"c\": d}], a: 1}", "a: &n 1\nb: [x, {c: d}]"] {
            #expect(try node(one).plain == node(other).plain, "\(other)")
        }
        let others = [
            "a: 1\nb: [x, {c: e}]", "a: 1\nb: [[x], {c: d}]", "a: 1\nb: [{c: d}, x]", "a: '1\",\"b\":2'", "a: 1\nb: 2",
            "a: []", "a: {}", "a:", "a: ''", "a: [a, b]", "a: ['a,b']", "a: ['a\",\"b']",
        ]
        #expect(try Set(others.map { try node($0).plain }).count == others.count)
    }

    @Test(
        "what is no YAML, or not ours, is told with its place",
        arguments: [
            ("a: 1\nb:\n\tc: 1", "f:3:1: a tab; indent with blanks: YAML takes no tabs"),
            ("a: 1\n b: 2\n", "f:2:3: not YAML: "), ("a: 1\na: 2", "f:1:1: key 'a' stands twice; keep one of them"),
            ("x:\n  a: 1\n  a: 2", "f:2:3: key 'a' stands twice"), ("? [a]\n: b", "f:1:3: a key that is not text"),
            ("a: *b", "f:1:4: not YAML: "), ("a: &b [*b]", "f:1:8: not YAML: "), ("a: [", "f:"), ("a: \"", "f:"),
        ])
    func faults(_ text: String, _ start: String) {
        #expect(fault(text)?.hasPrefix(start) == true, "\(fault(text) ?? "nothing")")
    }

    @Test("aliases that unfold without end are refused, and not unfolded; a few are what they stand for")
    func aliases() throws {
        let few = try node("a: &a {x: [1, 2]}\nb: *a\nc: [*a, *a]\n")
        #expect(few.find("c.1.x.0")?.plain == "\"1\"" && few.find("b")?.plain == few.find("a")?.plain)
        let levels = (0..<12).map { level in
            let item = level == 0 ? "x" : "*a\(level - 1)"
            return "a\(level): &a\(level) [\(Array(repeating: item, count: 10).joined(separator: ", "))]\n"
        }
        #expect(fault(levels.joined())?.contains("write the values out") == true)
    }

    @Test("however deep it is, it is read or refused", arguments: ["[", "{a: ", "- "])
    func depth(_ opening: String) {
        for count in [10, 100, 5000, 200_000] { _ = fault("a: " + String(repeating: opening, count: count)) }
        #expect(fault(String(repeating: "[", count: 50) + String(repeating: "]", count: 50)) == nil)
    }

    @Test func anyTextIsReadOrRefusedWithAPlaceInTheFile() {
        var fuzz = Fuzz(
            "config nodes",
            texts: ["a: 1\nb:\n  - x\n  - {c: 'd'}\n", "a: &x [1, *x]\n? b\n: |\n  text\n", "{a: \"\\u1234\"}"],
            spice: ":-[]{}&*!|>'\"#?,%@`\t\n ")
        for _ in 0..<5000 {
            do throws(ConfigError) {
                _ = try ConfigNode(yaml: fuzz.nextText(), file: "f").plain
            } catch {
                #expect(
                    !error.problems.isEmpty
                        && error.problems.allSatisfy { $0.location.line > 0 && $0.location.file == "f" })
            }
        }
    }
}
