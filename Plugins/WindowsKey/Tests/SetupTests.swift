import HookConfig
import HookHost
import HookTesting
import Testing

@testable import WindowsKey

@Suite struct SetupTests {
    @Test(arguments: [
        ("keys: pol", "config.yaml:1:7: 'pol' is no value of keys; did you mean 'pool'?"),
        ("keys: pool", "config.yaml:1:1: keys: pool without a pool; write `pool: /absolute/file`"),
        ("pool: /etc/pool", "config.yaml:1:7: pool is set, but keys come from devices.csv"),
        ("keys: pool\npool: etc/pool", "config.yaml:2:7: pool 'etc/pool' is no absolute path"),
        ("sambadomian: X", "config.yaml:1:1: unknown key 'sambadomian' in plugin windows-key; did you mean"),
        ("sambadomain: 'A\"B'", "config.yaml:1:14: sambadomain is no domain's name"),
        ("join-domain: ''", "config.yaml:1:14: join-domain is no domain's name"),
        ("inject: always", "config.yaml:1:9: 'always' is no value of inject"),
    ])
    func wrongSettings(_ yaml: String, _ expected: String) throws {
        let lab = try Lab()
        let error = try #require(throws: ConfigError.self) { try lab.desk(yaml, store: nil).plugin }
        #expect(error.description.hasPrefix(expected), "\(error)")
    }

    @Test func aPoolInTheTreeIsRefused() throws {
        let lab = try Lab()
        try lab.write("windows;\(Sample.first);1\n", to: "tree/pool")
        let error = try #require(throws: ConfigError.self) {
            try lab.desk("keys: pool\npool: \(lab.tree)/pool", store: nil)
        }
        #expect(error.description.contains("lies in the tree that every client can read"))
    }

    @Test func claimsWhatItSays() throws {
        let lab = try Lab()
        let runtime = try lab.desk().runtime
        for path in ["a.reg", "images/win/win.reg", "a/b.winkey", "unattend.xml", "x/unattend.xml", "x/a.unattend.xml"]
        {
            #expect(runtime.claimants(of: try TreePath(path)).count == 1, "\(path)")
        }
        for path in ["a.reg.bak", "start.conf", "images/win/win.qcow2", "x/autounattend.xml"] {
            #expect(runtime.claimants(of: try TreePath(path)).isEmpty, "\(path)")
        }
    }
}
