import Foundation
import HookStore
import Macct
import Testing

extension MacctTests {
    /// A whole school that is switched on at once.
    @Test func twoHundredHostsWithinASecond() async throws {
        let domain = try Domain.shared()
        try await domain.reset(1...200)
        try await School.open(.withDomain(domain, hosts: 200)) { school async throws in
            try await school.capture()
            let sampler = Task { try await Self.mostAtOnce("ldbmodify") }
            var deepest = 0
            async let all: Void = together(199, at: 32) { try await school.startSystem($0 + 2) }
            try await eventually("all are written", within: .seconds(180)) {
                let report = try await school.accounts()
                deepest = max(deepest, report.depth)
                return report.entries.filter { $0.state == .applied }.count == 199
            }
            try await all
            sampler.cancel()
            #expect(try await sampler.value <= 1)
            #expect(deepest > 0)
            let hashes = try await domain.hashes(of: "pc01$")
            for host in stride(from: 2, through: 200, by: 22) {
                #expect(try await domain.hashes(of: "\(Domain.name(host))$") == hashes)
            }
            // The next start changes nothing.
            let version = try await domain.value("msDS-KeyVersionNumber", of: "pc77$")
            try await school.startSystem(77)
            #expect(try await school.outcome(of: "pc77") == .unchanged)
            #expect(try await domain.value("msDS-KeyVersionNumber", of: "pc77$") == version)
        }
    }

    /// Until it is cancelled: how many processes of a program there were at most.
    private static func mostAtOnce(_ program: String) async throws -> Int {
        var most = 0
        while !Task.isCancelled {
            most = max(most, School.processes(named: program).count)
            try? await Task.sleep(for: .milliseconds(3))
        }
        return most
    }

    /// With the daemon dead, `once` adds to the queue; the next daemon does it.
    @Test func theQueueOutlivesTheDaemon() async throws {
        let domain = try Domain.shared()
        try await domain.reset(1...3)
        try await School.open(.withDomain(domain)) { school async throws in
            try await school.capture()
            for server in school.servers.all() { try await server.stop() }
            try await school.startSystem(2)
            try await school.startSystem(2)
            try await school.startDaemon()
            #expect(try await school.outcome(of: "pc02") == .applied)
            #expect(try await school.accounts().entries.count { $0.host == "pc02" } == 1, "two requests, one wish")
            #expect(try await domain.hashes(of: "pc02$") == domain.hashes(of: "pc01$"))
            let again = try await school.linboctl("macct", "apply", "pc02", "win11.qcow2")
            #expect(again.status == 0 && again.output.contains("unchanged"), "\(again)")
        }
    }

    /// `ldbmodify` that ends with 0 and has done nothing, as it does with an empty value; and one account among others
    /// that can't be written.
    @Test func whatCountsIsWhatIsReadBack() async throws {
        let domain = try Domain.shared()
        try await domain.reset(1...5)
        try await School.open(.withDomain(domain)) { school async throws in
            try await school.capture()
            try await school.stopDaemon()
            try await school.startDaemon(environment: ["PATH": "\(school.directory.path)/bin:/usr/bin:/bin"])
            func apply(_ host: String) async throws -> CommandResult {
                try await school.linboctl("macct", "apply", host, "win11.qcow2", "--wait", "1s")
            }
            let before = try await domain.hashes(of: "pc02$")
            try school.link("bin/ldbmodify", to: Programs.tool("idle-ldbmodify"))
            let idle = try await apply("pc02")
            #expect(idle.status == 1 && idle.errors.contains("ldbmodify changed nothing"), "\(idle)")
            #expect(try await domain.hashes(of: "pc02$") == before)

            try FileManager.default.removeItem(atPath: school.directory.path + "/bin/ldbmodify")
            try school.link("bin/ldbmodify", to: Programs.tool("picky-ldbmodify"))
            for host in 3...5 { try await school.startSystem(host) }
            try await eventually("the others are written") {
                let accounts = try await school.accounts()
                return ["pc02", "pc04", "pc05"].allSatisfy { accounts.state(of: $0) == .applied }
            }
            // It is tried again and again: in between it waits, with the reason.
            try await eventually("pc03 waits, with the reason") {
                let bad = try await school.accounts().entries.first { $0.host == "pc03" }
                return bad?.state == .queued && bad?.note?.contains("CN=pc03") == true
            }
        }
    }

    /// Somebody else has the AD's database locked; then the daemon is killed in the middle.
    @Test func aLockedDatabaseIsTriedAgain() async throws {
        let domain = try Domain.shared()
        try await domain.reset(1...3)
        try await School.open(.withDomain(domain, settings: "      timeout: 1s\n")) { school async throws in
            try await school.capture()
            let holder = try await school.lock(domain)
            try await school.startSystem(2)
            try await eventually("it is tried again") {
                try await school.accounts().entries.contains {
                    $0.attempts >= 2 && $0.note?.contains("longer than") == true
                }
            }
            let why = try await school.linboctl("why", "pc02")
            #expect(why.output.contains("waits"), "\(why)")
            let daemon = try await school.startSecondHand(keeping: holder)
            try await eventually("it is at it again") {
                try await school.accounts().entries.contains { $0.state == .applying }
            }
            daemon.signal(SIGKILL)
            try await eventually("it has ended") { daemon.hasEnded }
            holder.signalGroup(SIGKILL)
            try await school.startDaemon()
            let state = try await school.outcome(of: "pc02")
            #expect(state == .applied || state == .unchanged, "\(String(describing: state))")
            #expect(try await domain.hashes(of: "pc02$") == domain.hashes(of: "pc01$"))
        }
    }

    /// By an upload as a client does it; and one while Samba is away.
    @Test func anUploadSavesItsUploadersAccount() async throws {
        let domain = try Domain.shared()
        try await domain.reset(1...3)
        try await School.open(.withDomain(domain)) { school async throws in
            let file = "srv/images/win11/win11.qcow2.macct"
            try school.write("stale", to: file, mode: 0o600)
            try await school.makeImage("win11.qcow2")
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            // On a busy machine Samba may be asked again first.
            try await eventually("the account is there") { school.exists(file) }
            #expect(try await school.read(file) == domain.template(of: "pc01$"))
            #expect(school.status(of: file).st_mode & 0o777 == 0o600)
            try await school.startSystem(2)
            #expect(try await school.outcome(of: "pc02") == .applied)

            // While the AD does not answer the image goes live, without the old account; the new one follows.
            let away = domain.sam + ".away"
            try FileManager.default.moveItem(atPath: domain.sam, toPath: away)
            try await school.makeImage("win11.qcow2", time: 1_790_000_100)
            try school.makeInfo("win11.qcow2", timestamp: "202611250900")
            try await school.pushSet("win11.qcow2", as: 3)
            try await school.goesLive("win11.qcow2")
            try await eventually("nothing waits to go live") { !school.exists(file) }
            #expect(try await school.accounts().entries.contains { $0.work == .capture && $0.state == .queued })
            try FileManager.default.moveItem(atPath: away, toPath: domain.sam)
            try await eventually("the account follows") { school.exists(file) }
            #expect(try await school.read(file) == domain.template(of: "pc03$"))

            // The account belongs to the set. (The set that the school began with is named after its file's time: now.)
            let back = try await school.linboctl("images", "rollback", "win11.qcow2", "202611250800")
            #expect(back.status == 0, "\(back)")
            #expect(try await school.read(file) == domain.template(of: "pc01$"))

            // An uploader without an account: none beside the image, and it is said.
            try await school.makeImage("win11.qcow2", time: 1_790_000_200)
            try school.makeInfo("win11.qcow2", timestamp: "202611251000")
            try school.setHosts([School.row(1), School.row(2).replacingOccurrences(of: "pc02", with: "pc-none")])
            try await school.pushSet("win11.qcow2", as: 2)
            try await school.goesLive("win11.qcow2")
            try await eventually("no account") { !school.exists(file) }
            let why = try await school.linboctl("why", "pc-none")
            #expect(why.output.contains("the AD has no account PC-NONE$"), "\(why)")
        }
    }
}
