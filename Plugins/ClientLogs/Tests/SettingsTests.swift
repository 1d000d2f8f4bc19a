import HookConfig
import HookHost
import HookTesting
import Testing

@testable import ClientLogs

@Suite struct SettingsTests {
    @Test func defaults() throws {
        let settings = try ClientLogsSettings(try PluginSection(yaml: ""))
        #expect(settings.logDirectory == nil && settings.wait == .seconds(5) && settings.silence == .seconds(15))
        #expect(settings.largest == 8 << 20 && settings.rotate == 1 << 20)
    }

    @Test(arguments: [
        "log-directory: log", "wait: 5", "silence: 0s", "wait: 1h", "largest: 1", "largest: 1T", "rotate: 10",
        "log-dir: /x",
    ])
    func whatIsWrongIsToldWithItsMend(_ yaml: String) throws {
        let error = #expect(throws: ConfigError.self) { try ClientLogsSettings(try PluginSection(yaml: yaml)) }
        #expect(error?.description.hasPrefix("config.yaml:") == true)
    }
}
