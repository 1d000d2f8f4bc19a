import FuzzKit
import HookHost
import Testing

@Suite struct PathPatternTests {
    @Test(arguments: [
        ("linbocmd/*.cmd", "linbocmd/pc01.cmd", true), ("linbocmd/*.cmd", "linbocmd/a/pc01.cmd", false),
        ("linbocmd/*.cmd", "xlinbocmd/pc01.cmd", false), ("**/*.reg", "win.reg", true),
        ("**/*.reg", "images/win11/win11.reg", true), ("**/*.reg", "images/win11/win11.reg.bak", false),
        ("**/unattend.xml", "images/win11/unattend.xml", true), ("**/unattend.xml", "images/xunattend.xml", false),
        ("log", "log", true), ("log", "log/a", false), ("log/**", "log/a/b", true), ("log/**", "log", false),
        ("*.cmd", ".cmd", true), ("a*b*c", "a1b2b3c", true), ("a*b*c", "a1b2b3", false),
    ])
    func matches(_ pattern: String, _ path: String, _ expected: Bool) throws {
        #expect(PathPattern(pattern).matches(try TreePath(path)) == expected)
    }

    /// Beside a slow and obvious matcher, over random paths.
    @Test func agreesWithTheDefinition() throws {
        let patterns = ["**/*.reg", "linbocmd/*.cmd", "a/**", "*/b", "**/b/*", "a*b", "**"]
        var fuzz = Fuzz("patterns", texts: ["linbocmd/a.cmd", "a/b/c.reg", "x/b", "b/b/b"], spice: "/ab.cmdreg")
        for _ in 0..<20_000 {
            guard let path = try? TreePath(parsing: fuzz.next()) else { continue }
            for pattern in patterns {
                #expect(
                    PathPattern(pattern).matches(path) == Self.slowly(Array(pattern.utf8), Array(path.text.utf8)),
                    "\(pattern) \(path)")
            }
        }
    }

    private static func slowly(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        let slash = UInt8(ascii: "/")
        guard let first = pattern.first else { return text.isEmpty }
        guard first == UInt8(ascii: "*") else {
            return text.first == first && slowly(Array(pattern.dropFirst()), Array(text.dropFirst()))
        }
        if pattern.starts(with: "**/".utf8) {
            let starts = [0] + text.indices.filter { text[$0] == slash }.map { $0 + 1 }
            return starts.contains { slowly(Array(pattern.dropFirst(3)), Array(text.dropFirst($0))) }
        }
        let crosses = pattern.starts(with: "**".utf8)
        let rest = Array(pattern.dropFirst(crosses ? 2 : 1))
        let limit = crosses ? text.count : (text.firstIndex(of: slash) ?? text.count)
        return (0...limit).contains { slowly(rest, Array(text.dropFirst($0))) }
    }
}
