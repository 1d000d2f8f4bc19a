import Foundation
import HookStore
import Testing

/// How much, how many, how slowly: uploads by stock rsync clients beyond a limit.
@Suite struct UploadLimitTests {
    private static func open(_ uploads: String, _ body: (School) async throws -> Void) async throws {
        try await School.open(.withUploads(uploads: uploads)) { school async throws in
            try await school.makeImage("win11.qcow2", size: 8)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await body(school)
        }
    }

    private static let slow = Flags.upload + ["--bwlimit=200"]

    /// An upload of pc01's or another one's that lasts.
    private static func start(_ school: School, as host: Int = 1, to path: String = "images/win11/win11.qcow2")
        async throws -> Server
    {
        let client = try school.startPush("win11.qcow2", to: path, as: host, options: slow)
        try await eventually("bytes come") { school.hasTemporary("127.0.0.\(host + 1)", path) }
        return client
    }

    private static func isTold(_ school: School, _ reason: String) async throws {
        try await eventually("the audit log tells: \(reason)") {
            try await school.audit().contains { $0.reason?.contains(reason) == true }
        }
    }

    @Test("N18: a slow upload is ended, its name is free, and it can go on from where it was")
    func slowly() async throws {
        try await Self.open("  least-speed: 20M\n  slow-after: 2s\n") { school async throws in
            let client = try await Self.start(school)
            try await eventually("it is ended") { client.hasEnded }
            try await Self.isTold(school, "least-speed")
            try await eventually("what came is kept") {
                school.internalNames(in: "uploads/partial") == ["win11.qcow2"]
            }
            #expect(school.internalNames(in: "uploads/ended").isEmpty)
            try await school.pushSet("win11.qcow2", as: 2)
            try await school.goesLive("win11.qcow2")
        }
    }

    @Test("N18: an upload that takes too long is ended")
    func long() async throws {
        try await Self.open("  longest: 2s\n") { school async throws in
            let client = try await Self.start(school)
            try await eventually("it is ended") { client.hasEnded }
            try await Self.isTold(school, "uploads.longest")
        }
    }

    @Test("N18: who is in no devices.csv holds no name against a PC of the school")
    func stranger() async throws {
        try await Self.open("") { school async throws in
            let client = try await Self.start(school, as: 219)
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            try await eventually("it is ended") { client.hasEnded }
            try await Self.isTold(school, "pc01 goes first")
            try await school.uploadsAreDone()
        }
    }

    @Test("N9: nor does what a stranger has sent, and waits for its .info: it is in quarantine then")
    func strangersImage() async throws {
        try await Self.open("  info-wait: 1h\n") { school async throws in
            try await school.pushSet("win11.qcow2", as: 219, suffixes: [""])
            try await eventually("it has come") {
                school.exists("srv/.linbo-hookd/uploads/sets/win11.qcow2/win11.qcow2")
            }
            // Another stranger is nobody to give way to.
            #expect(try await school.push("win11.qcow2", to: "images/win11/win11.qcow2", as: 218).status != 0)
            #expect(school.internalNames(in: "uploads/quarantine").isEmpty)
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            let entries = try await school.linboctl("images", "quarantine", "list").output
            #expect(entries.contains("pc01 goes first, as 127.0.0.220 is no host without doubt"), "\(entries)")
            try await school.uploadsAreDone()
        }
    }

    @Test("N17: a tree of small files instead of the one that was asked for is ended")
    func tree() async throws {
        try await Self.open("") { school async throws in
            for number in 0..<3000 { try school.write("x", to: "outbox/many/\(number)") }
            let before = try await school.fingerprint()
            let client = try school.startPush(
                "many", to: "images/win11/win11.qcow2", as: 1, options: ["-a", "--bwlimit=10"])
            try await Self.isTold(school, "sends a directory")
            try await school.uploadsAreDone()
            // It may sleep for its bandwidth, and not have seen yet that nobody listens.
            client.signalGroup(SIGKILL)
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("N17: one address has so many uploads at once, and no more")
    func perAddress() async throws {
        try await Self.open("  at-once-per-address: 2\n") { school async throws in
            let running = [
                try await Self.start(school, to: "images/a/a.qcow2"),
                try await Self.start(school, to: "images/b/b.qcow2"),
            ]
            let third = try await school.push("win11.qcow2", to: "images/c/c.qcow2", as: 1)
            #expect(third.status != 0 && "\(third)".contains("2 uploads from 127.0.0.2 run"), "\(third)")
            // Another PC is not kept out.
            try await school.pushSet("win11.qcow2", as: 2)
            try await school.goesLive("win11.qcow2")
            for client in running { client.signalGroup(SIGKILL) }
        }
    }

    @Test("N17: beyond all uploads at once, a stranger's gives way to a PC of the school")
    func atOnce() async throws {
        try await Self.open("  at-once: 1\n") { school async throws in
            let client = try await Self.start(school, as: 219, to: "images/a/a.qcow2")
            let other = try await school.push("win11.qcow2", to: "images/b/b.qcow2", as: 218)
            #expect(other.status != 0 && "\(other)".contains("uploads run already"), "\(other)")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            try await eventually("it is ended") { client.hasEnded }
        }
    }

    @Test("N17: one address has so many bytes on the way, and what came of it goes")
    func bytes() async throws {
        try await Self.open("  per-address: 1M\n") { school async throws in
            let client = try school.startPush(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--bwlimit=1000"])
            try await eventually("it is ended") { client.hasEnded }
            try await Self.isTold(school, "per-address")
            try await school.uploadsAreDone()
        }
    }

    @Test("N17: what broke off gives way when more is on the way than may be")
    func spare() async throws {
        try await Self.open("  in-all: 1M\n") { school async throws in
            let client = try await Self.start(school, to: "images/a/a.qcow2")
            try await eventually("some has come") { school.temporarySize("127.0.0.2", "images/a/a.qcow2") > 1 << 20 }
            client.signalGroup(SIGKILL)
            try await eventually("it is kept") { school.internalNames(in: "uploads/partial") == ["a.qcow2"] }
            try await school.pushSet("win11.qcow2", as: 2)
            #expect(school.internalNames(in: "uploads/partial").isEmpty)
            try await school.goesLive("win11.qcow2")
        }
    }

    @Test("N17: a second .new of an address waits for the first")
    func oneRegistration() async throws {
        try await Self.open("") { school async throws in
            try school.write(school.randomBytes(60 << 10), to: "outbox/pc98.new")
            let client = try school.startPush("pc98.new", to: "pc98.new", as: 1, options: ["-a", "--bwlimit=8"])
            // rsync gathers so few bytes before it writes any.
            try await eventually("it begins") {
                school.internalNames(in: "uploads/views/127.0.0.2").contains { $0.hasPrefix(".pc98.new.") }
            }
            client.signal(SIGSTOP)
            let second = try await school.push("pc98.new", to: "pc97.new", as: 1)
            #expect(second.status != 0 && "\(second)".contains("another host is being registered"), "\(second)")
            client.signalGroup(SIGKILL)
        }
    }
}
