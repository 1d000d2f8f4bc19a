import Foundation
import HookStore
import Macct
import Testing

struct MachineAccounts: Decodable {
    let depth: Int
    let entries: [MachineAccountEntry]

    func state(of host: String) -> MachineAccountEntry.State? { entries.first { $0.host == host }?.state }
}

/// Machine accounts, against a real Samba AD, and with real logins.
@Suite(.serialized, .enabled(if: Domain.obstacle == nil, "as root, with Samba"), .withDomain)
struct MacctTests {
    /// The whole way: saved from pc01, asked for by all others, and then they log in with pc01's password.
    @Test func allHostsLogInWithTheImagesPassword() async throws {
        let domain = try Domain.shared()
        try await domain.reset(1...40)
        try await School.open(.withDomain(domain)) { school async throws in
            let captured = try await school.linboctl("macct", "capture", "win11.qcow2", "--from", "pc01")
            #expect(captured.status == 0, "\(captured)")
            let status = try FileManager.default.attributesOfItem(
                atPath: school.tree.path + "/images/win11/win11.qcow2.macct")
            #expect(status[.posixPermissions] as? Int == 0o600)
            let before = try await school.fingerprint()
            try await domain.serving { () async throws in
                #expect(try await domain.run("login", ["pc02", Domain.password("pc02")]).status == 0)
                try await together(39) { try await school.startSystem($0 + 2) }
                try await eventually("all are written", within: .seconds(120)) {
                    try await school.accounts().entries.filter { $0.state == .applied }.count == 39
                }
                let hashes = try await domain.hashes(of: "pc01$")
                for host in WithDomain.computers {
                    #expect(try await domain.hashes(of: "\(host)$") == hashes, "\(host)")
                }
                #expect(try await domain.run("login", ["pc02", Domain.password("pc01")]).status == 0)
                #expect(try await domain.run("login", ["pc40", Domain.password("pc01")]).status == 0)
                var share = try await domain.run("share", ["pc02", Domain.password("pc01")])
                try await eventually("its file service, which starts behind the rest, lets it in: \(share)") {
                    share = try await domain.run("share", ["pc02", Domain.password("pc01")])
                    return share.status == 0
                }
                #expect(try await domain.run("login", ["pc02", Domain.password("pc02")]).status != 0)
                #expect(try await domain.run("share", ["pc02", Domain.password("pc02")]).status != 0)
            }
            #expect(try await school.fingerprint() == before)
            let why = try await school.linboctl("why", "pc02")
            #expect(why.output.contains("applied") && why.output.contains("PC02$"), "\(why)")
        }
    }
}
