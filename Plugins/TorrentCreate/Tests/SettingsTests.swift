import Foundation
import HookConfig
import HookHost
import Testing

@testable import TorrentCreate

@Suite struct SettingsTests {
    @Test func defaults() throws {
        let settings = try TorrentSettings(try Lab.section("announce: udp://10.0.0.1:6969"))
        #expect(settings.pieceLength == 524_288 && !settings.isPrivate && settings.wait == .seconds(10))
        #expect(settings.jobs == nil)
    }

    @Test(arguments: [
        "", "announce: ftp://x", "announce: http://", "announce: 'http://a b'", "announce: \"http://a\\nb\"",
        "announce: http://a\npiece-length: 500000", "announce: http://a\npiece-length: 8192",
        "announce: http://a\npiece-length: 33554432", "announce: http://a\nwait: 10", "announce: http://a\njobs: 0",
        "announce: http://a\nprivate: maybe", "announce: http://a\npeace-length: 1",
    ])
    func whatIsWrongIsToldWithItsMend(_ yaml: String) throws {
        let error = #expect(throws: ConfigError.self) { try TorrentSettings(try Lab.section(yaml)) }
        #expect(error?.description.hasPrefix("config.yaml:") == true)
    }
}

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
                "# torrent-create", "## Name", "## Description", "## Settings", "## Examples", "## Failure modes",
                "## See also",
            ])
    }

    @Test func examplesAreValid() throws {
        let blocks = try manual().components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(blocks.count == 2)
        for block in blocks {
            let lines = block.split(separator: "\n").map(String.init)
            #expect(lines.prefix(2) == ["plugins:", "  - torrent-create:"])
            _ = try TorrentSettings(try Lab.section(lines.dropFirst(2).joined(separator: "\n")))
        }
    }
}
