import HookConfig
import LinboModel
import Testing

/// Numbers with their units, as an admin writes them.
@Suite struct SettingsTests {
    private func settings(_ text: String) throws -> Settings {
        try Settings(
            ConfigNode(yaml: "a: \"\(text)\"", file: "f"), name: "s", at: SourceLocation(file: "f", line: 1),
            known: ["a"])
    }

    @Test(
        arguments: [
            ("0", 0), ("500", 500), ("500B", 500), ("5K", 5 << 10), ("5kb", 5 << 10), ("5KiB", 5 << 10),
            ("2T", 2 << 40),
        ] as [(String, Int64)])
    func sizes(_ text: String, _ bytes: Int64) throws {
        #expect(try settings(text).size("a", in: 0...(.max)) == bytes)
    }

    @Test(arguments: ["500IB", "500iB", "IB", "B", "K", "+5K", "-5", "5 K", "5KK", "5BK", "٥", "0x5", "99999999999T"])
    func noSizes(_ text: String) throws {
        let settings = try settings(text)
        #expect(throws: ConfigError.self) { try settings.size("a", in: 0...(.max)) }
    }

    @Test(arguments: ["+5s", "-5s", "5", "s", "", " 5s", "5 s", "+5ms", "٥s", "5S"])
    func noSpans(_ text: String) throws {
        #expect(Duration(parsing: text) == nil)
        guard !text.isEmpty else { return }
        let settings = try settings(text)
        #expect(throws: ConfigError.self) { try settings.duration("a", in: .zero...Duration.seconds(99)) }
    }

    @Test func spans() {
        #expect(Duration(parsing: "5s") == .seconds(5) && Duration(parsing: "005ms") == .milliseconds(5))
    }

    @Test("a span is read as it is written, up to what fits into a number of milliseconds")
    func spansOfAllSizes() {
        let edges = (0..<63).flatMap { [(Int64(1) << $0) - 1, 1 << $0] } + [.max]
        let units = [1, 1000, 60_000, 3_600_000, 86_400_000, 604_800_000] as [Int64]
        for milliseconds in edges + edges.flatMap({ edge in units.map { edge / $0 * $0 } }) {
            let span = Duration.milliseconds(milliseconds)
            #expect(span.milliseconds == milliseconds)
            #expect(Duration(parsing: span.text) == span, "\(span.text)")
        }
        #expect(Duration.milliseconds(1500).text == "1500ms" && Duration.seconds(90 * 86_400).text == "90d")
        for tooMuch in ["9223372036854775808ms", "9223372036854776s", "15250284453w"] {
            #expect(Duration(parsing: tooMuch) == nil)
        }
        #expect(Duration(parsing: "15250284452w") != nil)
    }

    @Test(arguments: ["+5", "-5", "5.0", "٥", "5 "])
    func noNumbers(_ text: String) throws {
        let settings = try settings(text)
        #expect(throws: ConfigError.self) { try settings.integer("a", in: 0...99) }
    }

    // MARK: Words, lists, paths

    /// - Returns: what is wrong with the value of `a`; nil: nothing.
    private func fault<Value>(_ yaml: String, _ read: (Settings) throws -> Value?) throws -> String? {
        do {
            let node = try ConfigNode(yaml: yaml, file: "f")
            _ = try read(
                try Settings(node, name: "s", at: SourceLocation(file: "f", line: 1), known: ["a"]))
            return nil
        } catch let error as ConfigError {
            return error.description
        }
    }

    @Test("a number, a span and a size at the ends of their ranges are taken, those beyond are not, with the range")
    func ranges() throws {
        let numbers = [("4", false), ("5", true), ("7", true), ("8", false)]
        for (text, isTaken) in numbers {
            let settings = try settings(text)
            #expect((try? settings.integer("a", in: 5...7)) == (isTaken ? Int(text) : nil))
            #expect((try? settings.size("a", in: 5...7)) == (isTaken ? Int64(text) : nil))
            let seconds = try self.settings("\(text)s")
            #expect(
                (try? seconds.duration("a", in: .seconds(5)...Duration.seconds(7)) != nil) == (isTaken ? true : nil))
        }
        #expect(
            try fault("a: 8") { try $0.integer("a", in: 5...7) } == "f:1:4: a '8' is no number from 5 to 7; write one")
        #expect(
            try fault("a: 1h") { try $0.duration("a", in: .seconds(5)...Duration.seconds(90)) }?.contains("5s to 90s")
                == true)
        #expect(try fault("a: 1T") { try $0.size("a", in: 500...(20 << 30)) }?.contains("500 bytes to 20G") == true)
    }

    @Test("a switch has six words, in any case", arguments: ["true", "Yes", "ON", "false", "No", "OFF"])
    func switches(_ word: String) throws {
        #expect(try settings(word).bool("a") == ["true", "Yes", "ON"].contains(word))
        for other in ["1", "0", "y", "enabled", "\(word) "] {
            let settings = try settings(other)
            #expect(throws: ConfigError.self) { try settings.bool("a") }
        }
    }

    @Test(
        "a path is absolute, and the same however it is written",
        arguments: [
            ("/a/b", "/a/b"), ("/a//b/", "/a/b"), ("/./a/./b", "/a/b"), ("/", "/"), ("///", "/"), ("/a..b", "/a..b"),
            ("/a/../b", nil), ("/..", nil), ("a/b", nil), ("./a", nil), ("~/a", nil), ("/a\\nb", nil),
        ] as [(String, String?)])
    func paths(_ text: String, _ path: String?) throws {
        #expect((try? settings(text).path("a")) == path)
        let list = try Settings(
            ConfigNode(yaml: "a: [/x, \"\(text)\"]", file: "f"), name: "s", at: SourceLocation(file: "f", line: 1),
            known: ["a"])
        #expect((try? list.paths("a")) == path.map { ["/x", $0] })
    }

    private enum Basis: String, CaseIterable { case reflink, copy }

    @Test("what is of another form, or another word, is told with its place and what to write")
    func forms() throws {
        #expect(
            try fault("a: [1, 2]") { try $0.text("a") }?.hasPrefix("f:1:4: a must be one value; write `a: ") == true)
        #expect(try fault("a:\n  b: 1") { try $0.integer("a", in: 0...9) }?.hasPrefix("f:2:3: a must be one") == true)
        #expect(try fault("a: 5") { try $0.list("a") }?.hasPrefix("f:1:4: a must be a list") == true)
        #expect(try fault("a: [/x, [/y]]") { try $0.paths("a") }?.hasPrefix("f:1:9: a must be one value") == true)
        #expect(
            try fault("a: reflnk") { try $0.choice("a", of: Basis.self) }?.contains("did you mean 'reflink'?") == true)
        #expect(try fault("a: never") { try $0.choice("a", of: Basis.self) }?.contains("one of: reflink, copy") == true)
        #expect(try fault("a: Copy") { try $0.choice("a", of: Basis.self) } != nil)
        #expect(try fault("b: 1\nc: 1") { try $0.text("a") }?.split(separator: "\n").count == 2)
    }

    @Test("a key with nothing behind it is there, and has no value", arguments: ["a:", "a: ~", "a: null"])
    func nothing(_ yaml: String) throws {
        let settings = try Settings(
            ConfigNode(yaml: yaml, file: "f"), name: "s", at: SourceLocation(file: "f", line: 1), known: ["a"])
        #expect(settings.has("a") && settings.node("a") == nil)
        #expect(try settings.text("a") == nil && settings.bool("a") == nil && settings.list("a") == nil)
        #expect(try settings.integer("a", in: 1...2) == nil && settings.size("a", in: 1...2) == nil)
        #expect(try settings.path("a") == nil && settings.paths("a") == nil)
        #expect(try self.settings("null").text("a") == "null")
    }
}
