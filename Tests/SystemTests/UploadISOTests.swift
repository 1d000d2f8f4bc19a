import Foundation
import HookStore
import LinboModel
import Testing

/// ISOs by the password that all PCs know: looked at, kept in versions, and never in an image's way.
@Suite struct UploadISOTests {
    private static func open(_ uploads: String = "", _ body: (School) async throws -> Void) async throws {
        try await School.open(.withUploads(uploads: uploads)) { school async throws in try await body(school) }
    }

    private static func replace(_ school: School, with bytes: [UInt8]) async throws {
        try school.write(bytes, to: "outbox/e.iso")
        let result = try await school.push("e.iso", to: "debian.iso", as: 1)
        try #require(result.status == 0, "\(result)")
        try await eventually("it is live") { (try? school.bytes("srv/debian.iso")) == bytes }
    }

    private static func isRefused(_ school: School, _ reason: String) async throws {
        try await eventually("it is told: \(reason)") {
            try await school.audit().contains {
                $0.path == "debian.iso" && $0.outcome.rawValue == "refused" && $0.reason?.contains(reason) == true
            }
        }
    }

    @Test(
        "N14: what is no ISO, or not all of one, does not go live",
        arguments: [
            ([UInt8](repeating: 7, count: 100_000), "no volume descriptor"), ([], "no volume descriptor"),
            (School.iso(size: 1 << 17, volume: 1 << 18), "it was cut off"),
        ] as [([UInt8], String)])
    func noISO(_ bytes: [UInt8], _ reason: String) async throws {
        try await Self.open { school async throws in
            try school.write("old", to: "srv/debian.iso")
            try school.write(bytes, to: "outbox/e.iso")
            _ = try await school.push("e.iso", to: "debian.iso", as: 1)
            try await Self.isRefused(school, reason)
            #expect(try school.read("srv/debian.iso") == "old")
            #expect(school.internalNames(in: "uploads/claimed").isEmpty)
        }
    }

    @Test("N14: the one that was replaced is kept out of clients' sight, and can't be pushed out")
    func backups() async throws {
        try await Self.open("  iso-backups: 2\n") { school async throws in
            let all = (0..<3).map { _ in School.iso(size: 1 << 16) }
            for bytes in all { try await Self.replace(school, with: bytes) }
            let kept = school.internalNames(in: "uploads/iso/debian.iso").sorted()
            #expect(kept.count == 2)
            let old = try kept.map { try school.bytes("srv/.linbo-hookd/uploads/iso/debian.iso/\($0)") }
            #expect(old == Array(all.prefix(2)))
            try school.write(School.iso(size: 1 << 16), to: "outbox/e.iso")
            let fourth = try await school.push("e.iso", to: "debian.iso", as: 1)
            #expect(fourth.status != 0 && "\(fourth)".contains("was replaced 2 times"), "\(fourth)")
            #expect(try school.bytes("srv/debian.iso") == all[2])
        }
    }

    @Test(
        "N14: none at all, too large, or too little left for images: refused before a byte is sent, or ended",
        arguments: [
            ("  iso: false\n", "takes no ISOs"), ("  iso-keep-free: 1000T\n", "uploads.iso-keep-free"),
        ])
    func refused(_ settings: String, _ reason: String) async throws {
        try await Self.open(settings) { school async throws in
            try school.write(School.iso(size: 1 << 16), to: "outbox/e.iso")
            let result = try await school.push("e.iso", to: "debian.iso", as: 1)
            #expect(result.status != 0 && "\(result)".contains(reason), "\(result)")
            // Images are taken.
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
        }
    }

    @Test("N14: an ISO that is too large is refused")
    func size() async throws {
        try await Self.open("  iso-size: 1M\n") { school async throws in
            try school.write(School.iso(size: 2 << 20), to: "outbox/e.iso")
            _ = try await school.push("e.iso", to: "debian.iso", as: 1)
            try await Self.isRefused(school, "uploads.iso-size")
            #expect(!school.exists("srv/debian.iso"))
        }
    }
}
