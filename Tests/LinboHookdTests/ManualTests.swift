import Foundation
import HookConfig
import HookHost
import Logging
import Testing

@testable import LinboHookd

/// Each plugin's README.md is its manual page: the same sections everywhere, and examples that can be copied.
@Suite struct ManualTests {
    private static let project = URL(filePath: #filePath).appending(path: "../../..").standardized

    static let names = pluginRegistry.map { $0.name.description }

    /// Of plugin `windows-key`: `Plugins/WindowsKey/README.md`.
    private func manual(_ plugin: String) throws -> String {
        let directory = plugin.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        return try String(
            contentsOf: Self.project.appending(path: "Plugins/\(directory)/README.md"), encoding: .utf8)
    }

    @Test(arguments: names) func sections(_ plugin: String) throws {
        let headings = try manual(plugin).split(separator: "\n").filter { $0.hasPrefix("# ") || $0.hasPrefix("## ") }
        #expect(
            headings == [
                "# \(plugin)", "## Name", "## Description", "## Settings", "## Examples", "## Failure modes",
                "## See also",
            ])
    }

    /// Each is a configuration; the pool and the templates that it names are put into a temporary directory.
    @Test(arguments: names) func examplesAreValid(_ plugin: String) throws {
        let directory = URL.temporaryDirectory.appending(path: "linbo-manual-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let pool = directory.appending(path: "keys")
        try Data("windows;VK7JG-NPHTM-C97JM-9MPGT-3V66T;1\n".utf8).write(to: pool)
        chmod(pool.path, 0o600)
        let examples = Self.examples(try manual(plugin))
        #expect(examples.count >= (plugin == "windows-key" ? 3 : 2))
        for example in examples {
            let text =
                "linbo: {root: \(directory.path)/srv}\nstate: \(directory.path)\n"
                + example.replacing("/etc/linbo-hookd/keys", with: pool.path)
                .replacing("/etc/linbo-hookd/grub", with: Self.project.appending(path: "etc/grub").path)
            let config = try Config(yaml: text, file: "example.yaml")
            let assembly = try Assembly(
                config, store: nil, logger: Logger(label: "manual") { _ in SwiftLogNoOpLogHandler() })
            #expect(assembly.runtime.plugins.map { type(of: $0).name.description } == [plugin], "\(example)")
        }
    }

    @Test func examplesOfTheOtherPagesAreValid() throws {
        let docs = Self.project.appending(path: "docs")
        var count = 0
        let pages = try FileManager.default.contentsOfDirectory(at: docs, includingPropertiesForKeys: nil)
        for page in pages where page.pathExtension == "md" {
            for example in Self.examples(try String(contentsOf: page, encoding: .utf8)) {
                _ = try Config(yaml: example, file: page.lastPathComponent)
                count += 1
            }
        }
        #expect(count >= 3)
    }

    @Test func theTestThatIsShownIsOneThatRuns() throws {
        func lines(_ path: String) throws -> [Substring] {
            try String(contentsOf: Self.project.appending(path: path), encoding: .utf8).split(separator: "\n")
        }
        let shown = try lines("docs/plugins.md").drop { !$0.hasPrefix("@Test") }.prefix { !$0.hasPrefix("```") }
        #expect(shown.count > 5)
        #expect(try lines("Tests/MotdTests/MotdTests.swift").contains(shown.map { "    " + $0 }))
    }

    private static func examples(_ page: String) -> [String] {
        page.components(separatedBy: "```yaml\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
    }
}
