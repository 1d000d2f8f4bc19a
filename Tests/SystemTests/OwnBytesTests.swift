import Foundation
import Testing

/// The main job: each client gets its own bytes, the tree stays as it is.
@Suite struct OwnBytesTests {
    @Test func twoHostsPullTheSamePathAndGetTheirOwnKeys() async throws {
        try await School.open { school in
            for host in [1, 2] {
                let result = try await school.pull("images/win11/win11.reg", as: host, options: ["-HaLz"])
                #expect(result.status == 0, "\(result)")
                let text = try school.received("win11.reg", by: host)
                #expect(text.contains(School.key(host)))
                #expect(!text.contains("@@"))
            }
        }
    }
}
