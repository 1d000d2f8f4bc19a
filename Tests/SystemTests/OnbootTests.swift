import Foundation
import HookStore
import OnbootCmd
import Testing

/// Boot commands, with real rsync clients: only to their host, at most once, and only what was sent whole counts.
@Suite struct OnbootTests {
    @Test func aDroppedFileReachesItsHostOnceAndIsGone() async throws {
        try await School.open { school async throws in
            try school.write("sync:1,start:1\n", to: "srv/linbocmd/pc01.cmd", mode: 0o660)
            let other = try await school.pull("linbocmd/pc01.cmd", as: 2)
            #expect(other.status == 23, "\(other)")
            let probe = try await school.pull("linbocmd/pc01.cmd", as: 1, options: ["-HaLz", "--dry-run"])
            #expect(probe.status == 0, "\(probe)")
            #expect(school.exists("srv/linbocmd/pc01.cmd"))
            let first = try await school.pull("linbocmd/pc01.cmd", as: 1, options: ["-L"])
            #expect(first.status == 0, "\(first)")
            #expect(try school.received("pc01.cmd", by: 1) == "sync:1,start:1\n")
            try await eventually("the delivered file is gone") { !school.exists("srv/linbocmd/pc01.cmd") }
            let second = try await school.pull("linbocmd/pc01.cmd", as: 1, options: ["-L"])
            #expect(second.status == 23, "\(second)")
        }
    }

    @Test func aQueuedCommandComesByNameOrAddress() async throws {
        try await School.open { school async throws in
            #expect(try await school.linboctl("onboot", "add", "pc01", "sync:1").status == 0)
            #expect(try await school.linboctl("onboot", "add", "pc01", "reboot", "--append").status == 0)
            #expect(try await school.pull("linbocmd/127.0.0.2.cmd", as: 1).status == 0)
            #expect(try school.received("127.0.0.2.cmd", by: 1) == "sync:1\n")
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1).status == 0)
            #expect(try school.received("pc01.cmd", by: 1) == "reboot\n")
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1, into: "third").status == 23)
        }
    }

    @Test func listingsAndExcludesConsumeNothing() async throws {
        try await School.open { school async throws in
            #expect(try await school.linboctl("onboot", "add", "pc01", "sync:1").status == 0)
            #expect(try await school.list("linbocmd/", as: 1).output.contains("pc01.cmd"))
            #expect(try await school.list("linbocmd/pc01.cmd", as: 1).output.contains("pc01.cmd"))
            #expect(
                try await school.list("linbocmd/", as: 1, options: ["-r", "--list-only"]).output.contains("pc01.cmd"))
            #expect(try await school.list("linbocmd/", as: 2).output.contains(".cmd") == false)
            #expect(try await school.pull("linbocmd/", as: 1, options: ["-r", "--exclude=*.cmd"]).status == 0)
            try await eventually("it waits") { try await school.onboot().map(\.state) == [.queued] }
            #expect(try await school.pull("linbocmd/", as: 1, options: ["-r"]).status == 0)
            #expect(try school.received("pc01.cmd", by: 1) == "sync:1\n")
            try await eventually("it is delivered") { try await school.onboot().map(\.state) == [.delivered] }
        }
    }

    @Test("defect R9: an order is there for LINBO after a warm start, too, as it is fetched behind the update")
    func warmStart() async throws {
        try await School.open { school async throws in
            #expect(try await school.linboctl("onboot", "add", "pc01", "sync:1").status == 0)
            // What linbo_update takes; then it starts the new LINBO, which begins anew.
            for start in ["first", "second"] {
                for path in ["start.conf.win11", "linbo64", "linbofs64", "boot/grub/win11.cfg"] {
                    _ = try await school.pull(path, as: 1, options: Flags.download, into: "\(start)-update")
                }
            }
            #expect(try await school.onboot().map(\.state) == [.queued])
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1, options: Flags.follow).status == 0)
            #expect(try school.received("pc01.cmd", by: 1) == "sync:1\n")
        }
    }

    /// Two transfers of one host at one moment, over and over.
    @Test func oneOfTwoTransfersGetsIt() async throws {
        try await School.open { school async throws in
            for round in 0..<15 {
                #expect(try await school.linboctl("onboot", "add", "pc01", "sync:1").status == 0)
                async let first = school.pull("linbocmd/pc01.cmd", as: 1, into: "a\(round)")
                async let second = school.pull("linbocmd/pc01.cmd", as: 1, into: "b\(round)")
                let statuses = try await [first.status, second.status].sorted()
                #expect(statuses == [0, 23], "round \(round)")
            }
            try await eventually("all are delivered") {
                try await school.onboot().allSatisfy { $0.state == .delivered }
            }
        }
    }

    @Test func aCommandWithUploadsCarriesThePasswordToItsHostByNameOnly() async throws {
        try await School.open { school async throws in
            #expect(
                try await school.linboctl("onboot", "add", "pc01", "create_image:1:\"new\",upload_image:1").status == 0)
            #expect(try await school.list("linbocmd/", as: 1).output.contains(".cmd") == false)
            #expect(try await school.pull("linbocmd/", as: 1, options: ["-r"]).status == 0)
            #expect(!school.hasReceived("pc01.cmd", by: 1))
            try school.write("linbo:\(School.secret),upload_image:1\n", to: "srv/linbocmd/pc02.cmd", mode: 0o660)
            #expect(try await school.list("linbocmd/", as: 2).output.contains(".cmd") == false)
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1).status == 0)
            #expect(
                try school.received("pc01.cmd", by: 1)
                    == "linbo:\(School.secret),create_image:1:\\\"new\\\",upload_image:1\n")
            #expect(try await school.pull("linbocmd/pc02.cmd", as: 2).status == 0)
            try await eventually("no view is left") { school.views.isEmpty }
            for told in [
                ["why", "pc01"], ["why", "pc02"], ["audit"], ["onboot", "list", "--all"],
                ["explain", "pc01", "linbocmd/pc01.cmd"],
            ] {
                let result = try await Command.run(Programs.linboctl, ["--config", school.config.path] + told)
                #expect(!result.output.contains(School.secret))
            }
            for secretless in ["hookd.log", "rsyncd.log", "state/linbo-hookd.sqlite", "state/linbo-hookd.sqlite-wal"] {
                let bytes = try Data(contentsOf: school.directory.appendingPathComponent(secretless))
                #expect(bytes.range(of: Data(School.secret.utf8)) == nil, "\(secretless)")
                #expect(bytes.range(of: Data(School.key(1).utf8)) == nil, "\(secretless)")
            }
        }
    }

    @Test func aPasswordThatCantBeReadHoldsTheCommandBack() async throws {
        try await School.open { school async throws in
            #expect(try await school.linboctl("onboot", "add", "pc01", "upload_image:1").status == 0)
            try FileManager.default.removeItem(at: school.directory.appendingPathComponent("rsyncd.secrets"))
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1).status == 23)
            #expect(try await school.linboctl("explain", "pc01", "linbocmd/pc01.cmd").output.contains("held back"))
            try school.write("linbo:\(School.secret)\n", to: "rsyncd.secrets", mode: 0o600)
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1).status == 0)
        }
    }

    @Test func groupsRoomsExpiryAndRemoval() async throws {
        var options = School.Options()
        options.hosts = 3
        try await School.open(options) { school async throws in
            #expect(
                try await school.linboctl("onboot", "add", "room:r101", "sync:1,start:1", "--expires", "12h").status
                    == 0)
            #expect(try await school.onboot().count == 3)
            #expect(try await school.linboctl("onboot", "remove", "2").status == 0)
            #expect(try await school.linboctl("onboot", "remove", "2").status == 1)
            #expect(try await school.pull("linbocmd/pc02.cmd", as: 2).status == 23)
            #expect(
                try await school.linboctl("onboot", "add", "group:win11", "halt", "--append", "--expires", "0s").status
                    == 0)
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1).status == 0)
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1, into: "b").status == 23)
            #expect(try await school.linboctl("onboot", "add", "group:win", "halt").status == 1)
            let upload = try await school.linboctl("onboot", "add", "group:win11", "upload_image:1")
            #expect(upload.errors.contains("one host"), "\(upload)")
        }
    }

    @Test(arguments: [
        ("snyc:1,start:1", "^"), ("sync:1,start:7", "             ^"), ("sync:1,,start:1", "       ^"),
        ("linbo:x,sync:1", "^"),
    ])
    func aWrongCommandIsShownWithACaret(_ command: String, _ caret: String) async throws {
        try await School.open { school async throws in
            let result = try await school.linboctl("onboot", "add", "pc01", command)
            #expect(result.status == 1)
            #expect(result.errors.contains("\n\(command)\n\(caret)\n"), "\(result)")
        }
    }
}
