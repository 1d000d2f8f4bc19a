import HookConfig
import HookHost
import HookTesting
import Testing

@testable import TorrentCreate

@Suite struct SettingsTests {
    @Test func defaults() throws {
        let settings = try TorrentSettings(try PluginSection(yaml: "announce: udp://10.0.0.1:6969"))
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
        let error = #expect(throws: ConfigError.self) { try TorrentSettings(try PluginSection(yaml: yaml)) }
        #expect(error?.description.hasPrefix("config.yaml:") == true)
    }
}
