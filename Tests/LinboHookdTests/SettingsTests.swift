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

    @Test(arguments: ["+5", "-5", "5.0", "٥", "5 "])
    func noNumbers(_ text: String) throws {
        let settings = try settings(text)
        #expect(throws: ConfigError.self) { try settings.integer("a", in: 0...99) }
    }
}
