import Foundation
import HookStore
import OnbootCmd
import Testing

/// Boot commands as an admin gives them: for whom, for how long, and out of the queue again.
@Suite struct OnbootQueueTests {
    private static func open(_ body: (School) async throws -> Void) async throws {
        var options = School.Options()
        options.hosts = 3
        try await School.open(options) { school async throws in
            let printer = School.row(4).replacingOccurrences(of: ";classroom-studentcomputer;;1", with: ";printer;;0")
            try school.setHosts((1...3).map { School.row($0) } + [printer])
            try await body(school)
        }
    }

    @Test("commands are for PXE flags 1 and 2; others of a room are named as skipped, one alone is refused")
    func flags() async throws {
        try await Self.open { school async throws in
            let room = try await school.linboctl("onboot", "add", "room:r101", "sync:1")
            #expect(room.status == 0 && room.errors.contains("skipped") && room.errors.contains("pc04 (0)"), "\(room)")
            #expect(Set(try await school.onboot().map(\.host)) == ["pc01", "pc02", "pc03"])
            let one = try await school.linboctl("onboot", "add", "pc04", "sync:1")
            #expect(one.status == 1 && one.errors.contains("pc04 has PXE flag 0"), "\(one)")
        }
    }

    @Test("what waits already is told, and replaced or followed by word; there is an expiry by default")
    func replaceOrAppend() async throws {
        try await Self.open { school async throws in
            let first = try await school.linboctl("onboot", "add", "pc01", "sync:1")
            #expect(first.status == 0 && first.output.contains("waits until "), "\(first)")
            let entry = try #require(try await school.onboot().first)
            #expect(entry.expires.map { $0 - entry.created } == 43_200)
            let second = try await school.linboctl("onboot", "add", "pc01,pc02", "format:1,new:1")
            #expect(second.status == 1 && second.errors.contains("pc01: sync:1 (number 1)"), "\(second)")
            #expect(try await school.onboot().count == 1, "it touched nobody")
            #expect(try await school.linboctl("onboot", "add", "pc01", "pc02", "new:1", "--replace").status == 0)
            #expect(try await school.onboot().filter { $0.state == .queued }.map(\.command) == ["new:1", "new:1"])
            #expect(
                try await school.linboctl("onboot", "add", "pc01", "halt", "--append", "--expires", "never").status == 0
            )
            #expect(try await school.onboot().count { $0.host == "pc01" && $0.state == .queued } == 2)
        }
    }

    @Test("several numbers, hosts and rooms are removed at once, or none if one is wrong")
    func bulkRemove() async throws {
        try await Self.open { school async throws in
            #expect(try await school.linboctl("onboot", "add", "room:r101", "sync:1").status == 0)
            #expect(try await school.linboctl("onboot", "remove", "1", "99").status == 1)
            #expect(try await school.onboot().count { $0.state == .queued } == 3)
            #expect(try await school.linboctl("onboot", "remove", "1", "2").status == 0)
            #expect(try await school.linboctl("onboot", "list", "pc03").output.contains("pc03"))
            #expect(try await !school.linboctl("onboot", "list", "pc01").output.contains("pc03"))
            #expect(try await school.linboctl("onboot", "remove", "room:r101").status == 0)
            #expect(try await school.onboot().allSatisfy { $0.state == .removed })
        }
    }

    @Test("a file that linbo-remote dropped is in the list and in status, until its PC has fetched it")
    func droppedFiles() async throws {
        try await Self.open { school async throws in
            try school.write("linbo:Secret1,upload_image:1\n", to: "srv/linbocmd/pc02.cmd")
            let list = try await school.linboctl("onboot", "list")
            #expect(list.output.contains("pc02") && list.output.contains("upload_image:1"), "\(list)")
            #expect(!list.output.contains("Secret1"))
            #expect(try await school.linboctl("status").output.contains(/boot commands +1/))
            #expect(try await school.pull("linbocmd/pc02.cmd", as: 2).status == 0)
            try await eventually("it is fetched") {
                try await !school.linboctl("onboot", "list").output.contains("pc02")
            }
        }
    }

    @Test(
        "what LINBO's client can't carry is held back, with the reason",
        arguments: [
            ("Mus:ter", "a ':'"), ("Mus,ter", "a comma"), ("Mus ter", "a blank"), ("", "is empty"),
        ])
    func passwords(_ password: String, _ sign: String) async throws {
        try await Self.open { school async throws in
            try school.write("linbo:\(password)\n", to: "rsyncd.secrets", mode: 0o600)
            #expect(try await school.linboctl("onboot", "add", "pc01", "upload_image:1").status == 0)
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1).status == 23)
            let told = try await school.linboctl("explain", "pc01", "linbocmd/pc01.cmd").output
            #expect(told.contains("held back") && told.contains(sign), "\(told)")
            guard !password.isEmpty else { return }
            let check = try await school.linboctl("check").output
            #expect(check.contains("commands with uploads are held back") && !check.contains(password), "\(check)")
        }
    }

    @Test("a plugin that is off is named, with the lines to write")
    func pluginOff() async throws {
        var options = School.Options()
        options.plugins = "  - windows-key\n"
        try await School.open(options) { school async throws in
            let result = try await school.linboctl("onboot", "add", "pc01", "sync:1")
            #expect(result.status == 1 && result.errors.contains("plugin onboot-cmd is off"), "\(result)")
        }
    }
}
