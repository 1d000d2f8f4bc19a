import Foundation
import LinboModel
import Testing
import Uploads

@testable import LinboHookd

/// Programs after an image went live.
@Suite struct FollowUpsTests {
    @Test("what failed is told as long as the configuration has it") func failures() async throws {
        let state = FileManager.default.temporaryDirectory.path + "/follow-ups-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: state) }
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        func settings(_ words: String) throws -> FollowUpSettings {
            try Config(yaml: "after-publish:\n  - \(words)\n", file: "c.yaml").followUps
        }
        let queue = FollowUpQueue(state: state)
        let followUps = FollowUps(queue, logger: DaemonLog.silent)
        let failing = try settings("[/bin/false, \"{image}\"]")
        try queue.add(.published, try #require(ImageName("win11.qcow2")))
        await followUps.runWaiting(failing)
        #expect(followUps.problems(failing).count == 1 && queue.waiting().isEmpty)
        // Another timeout is the same command.
        #expect(followUps.problems(try settings("{run: [/bin/false, \"{image}\"], timeout: 5s}")).count == 1)
        #expect(followUps.problems(try settings("[/bin/false, changed]")).isEmpty)
        #expect(followUps.problems(failing).isEmpty, "what was taken out begins anew")
    }
}
