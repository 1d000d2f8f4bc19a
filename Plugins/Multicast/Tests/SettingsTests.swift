import HookConfig
import HookHost
import HookTesting
import Testing

@testable import Multicast

@Suite struct SettingsTests {
    @Test func defaults() throws {
        let settings = try MulticastSettings(try PluginSection(yaml: ""))
        #expect(settings.portBase == 9000 && settings.images == 200 && settings.interfaces == nil)
        #expect(settings.minClients == 15 && settings.minSeconds == 30 && settings.maxSeconds == 60)
        #expect(settings.maxBitrate == nil && settings.fec == nil && settings.stall == 20)
        #expect(settings.keep == .seconds(12 * 3600) && settings.user == "nobody")
    }

    @Test(arguments: [("900M", 900_000), ("50000k", 50_000), ("1G", 1_000_000), ("20m", 20_000)])
    func rates(_ text: String, _ kilobits: Int) throws {
        #expect(try MulticastSettings(try PluginSection(yaml: "max-bitrate: \(text)")).maxBitrate == kilobits)
    }

    @Test(arguments: [
        "port-base: 9001", "port-base: 80", "port-base: 65300", "images: 0", "min-clients: 0", "max-seconds: 10",
        "interfaces: eth0", "interfaces: ['']", "interfaces: ['a b']", "max-bitrate: 900", "max-bitrate: M",
        "max-bitrate: -1M", "fec: 8", "fec: 8x", "fec: 0x8", "fec: 8x8/129", "fec: 8x8/1/1", "fec: ''", "stall: 1",
        "keep: 1s", "udp-sender: udp-sender", "portbase: 9000",
    ])
    func whatIsWrongIsToldWithItsFix(_ yaml: String) throws {
        let error = #expect(throws: ConfigError.self) { try MulticastSettings(try PluginSection(yaml: yaml)) }
        #expect(error?.description.hasPrefix("config.yaml:") == true, "\(yaml)")
    }
}
