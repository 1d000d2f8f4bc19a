import HookConfig
import HookHost
import HookTesting
import Testing

@testable import Macct

@Suite struct SettingsTests {
    @Test func defaults() throws {
        let settings = try MacctSettings(try PluginSection(yaml: "{}"))
        #expect(settings.sam == "/var/lib/samba/private/sam.ldb" && settings.batch == 200)
        #expect(settings.allowedRoles == MacctSettings.usualRoles)
        #expect(settings.timeout == .seconds(60) && settings.retryFor == .seconds(3600))
    }

    @Test(arguments: [
        "sam: ldaps://dc.lmn.lan", "sam: ldap://dc", "sam: relative.ldb", "sam: 'ldapi://'", "sam: 'ldapi://a b'",
        "allowed-roles: [server]", "allowed-roles: [Server]", "allowed-roles: [addc]", "batch: 0", "retry-for: 2d",
        "allowed-rols: [x]",
    ])
    func wrongOnesHaveAMend(_ yaml: String) throws {
        let section = try PluginSection(yaml: yaml)
        let error = #expect(throws: ConfigError.self) { try MacctSettings(section) }
        #expect(error?.description.contains("config.yaml:1:") == true)
    }

    @Test func aSocketsAddress() throws {
        let address = "ldapi://%2Fvar%2Flib%2Fsamba%2Fprivate%2Fldap_priv%2Fldapi"
        #expect(try MacctSettings(try PluginSection(yaml: "sam: \(address)")).sam == address)
    }
}
