import Foundation
import HookConfig
import HookHost
import Testing

@testable import WindowsKey

/// README.md is the plugin's manual page.
@Suite struct ManualTests {
    private func manual() throws -> String {
        try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../README.md")
                .standardized,
            encoding: .utf8)
    }

    @Test func sections() throws {
        let headings = try manual().split(separator: "\n").filter { $0.hasPrefix("#") }
        #expect(
            headings == [
                "# windows-key", "## Name", "## Description", "## Settings", "## Examples", "## Failure modes",
                "## See also",
            ])
    }

    /// Each example is a whole section of `plugins:`; the pool that it names is put into a temporary folder.
    @Test func examplesAreValid() throws {
        let lab = try Lab()
        try lab.pool("windows;\(Sample.first);1\n")
        let blocks = try manual().components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(blocks.count >= 3)
        for block in blocks {
            let lines = block.split(separator: "\n").map(String.init)
            #expect(lines.first == "plugins:" && lines.dropFirst().first == "  windows-key:")
            let section = lines.dropFirst(2).joined(separator: "\n").replacing(
                "/etc/linbo-hookd/keys", with: lab.poolPath)
            _ = try lab.plugin(section, store: nil)
        }
    }
}
