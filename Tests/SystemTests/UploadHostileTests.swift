import Foundation
import HookStore
import LinboModel
import Testing

/// Clients that know the password of module `linbo-upload`, and do what no LINBO does.
@Suite struct UploadHostileTests {
    private static func open(_ body: (School) async throws -> Void) async throws {
        try await School.open(.withUploads()) { school async throws in
            try await school.makeImage("win11.qcow2")
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await body(school)
        }
    }

    @Test(
        "options by which rsync writes into files that have arrived, or brings in others",
        arguments: [
            "--inplace", "--append", "--append-verify", "--write-devices", "--partial-dir=/images/win11",
            "--partial-dir=.p", "--delay-updates", "--temp-dir=/images", "--backup-dir=/images", "--link-dest=/images",
            "--copy-dest=/images", "--compare-dest=/images",
        ])
    func options(_ option: String) async throws {
        try await Self.open { school async throws in
            let before = try await school.fingerprint()
            let words = Flags.upload + (option.hasPrefix("--backup-dir") ? ["--backup", option] : [option])
            let result = try await school.push("win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: words)
            #expect(result.status != 0 && result.errors.contains("refuse"), "\(result)")
            try await school.uploadsAreDone()
            #expect(try await school.fingerprint() == before)
            // As it is, it is taken.
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
        }
    }

    /// pc01's client, which stopped in the middle of the image's `.desc`.
    private static func hangingSidecar(_ school: School) async throws -> Server {
        try school.write(school.randomBytes(200 << 10), to: "outbox/slow.desc")
        let client = try school.startPush(
            "slow.desc", to: "images/win11/win11.qcow2.desc", as: 1, options: Flags.upload + ["--bwlimit=20"])
        try await eventually("it is being uploaded") {
            try await school.linboctl("images", "uploads").output.contains("pc01")
        }
        client.signal(SIGSTOP)
        return client
    }

    @Test("a small file of another PC is not taken when a newer set went live meanwhile")
    func lateSidecar() async throws {
        try await Self.open { school async throws in
            try school.write("the new one", to: "outbox/win11.qcow2.desc")
            let slow = try await Self.hangingSidecar(school)
            try await school.pushSet("win11.qcow2", as: 2)
            try await school.goesLive("win11.qcow2")
            slow.signal(SIGCONT)
            try await eventually("the slow one is refused") {
                try await school.audit().contains {
                    $0.outcome.rawValue == "refused" && $0.reason?.contains("gave way") == true
                }
            }
            try await eventually("its client ends") { slow.hasEnded }
            try await eventually("the description is the new one") {
                try school.read("srv/images/win11/win11.qcow2.desc") == "the new one"
            }
            try await school.uploadsAreDone()
            #expect(try school.read("srv/images/win11/win11.qcow2.desc") == "the new one")
        }
    }

    @Test("a small file that hangs gives way to its own PC's next one")
    func stalledSidecar() async throws {
        try await School.open(.withUploads(uploads: "  stalled: 1s\n")) { school async throws in
            try await school.makeImage("win11.qcow2")
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            let slow = try await Self.hangingSidecar(school)
            try school.write("the new one", to: "outbox/win11.qcow2.desc")
            try await eventually("the next one is taken") {
                try await school.push("win11.qcow2.desc", to: "images/win11/win11.qcow2.desc", as: 1).status == 0
            }
            slow.signalGroup(SIGKILL)
            try await eventually("it is live") {
                (try? school.read("srv/images/win11/win11.qcow2.desc")) == "the new one"
            }
        }
    }

    @Test("a small file that does not come to its end keeps nobody from sending the image")
    func slowSidecar() async throws {
        try await Self.open { school async throws in
            let slow = try await Self.hangingSidecar(school)
            try await school.pushSet("win11.qcow2", as: 2)
            try await school.goesLive("win11.qcow2")
            slow.signal(SIGCONT)
            #expect(!slow.hasEnded)
            let waiting = try await school.linboctl("images", "uploads")
            #expect(!waiting.output.contains("pc01"), "\(waiting)")
            try await slow.stop()
        }
    }
}
