import Foundation
import HookHost
import HookStore
import LinboModel
import Testing

/// A view belongs to one host at one address, and holds nothing of another.
@Suite struct ViewOwnerTests {
    @Test("N4: an address that gets another owner while a connection hangs: the new one finds nothing of the old one")
    func anotherHost() async throws {
        try await School.open { school in
            let held = try await school.heldPull("images/win11/win11.reg", as: 1)
            try school.setHosts([
                School.row(1).replacingOccurrences(of: "pc01", with: "pc99")
                    .replacingOccurrences(of: School.key(1), with: School.key(9))
            ])
            let plain = try await school.pull("start.conf.win11", as: 1)
            #expect(plain.status == 0, "\(plain)")
            #expect(!school.exists("srv/.linbo-hookd/views/127.0.0.2/images"))
            let all = try await school.pull("", as: 1, options: ["-aL"], into: "all")
            #expect(all.status == 0, "\(all)")
            #expect(try school.received(holding: School.key(1), by: 1, into: "all").isEmpty)
            #expect(try school.received(holding: School.key(9), by: 1, into: "all") == ["images/win11/win11.reg"])
            try await eventually("the old owner's connection is ended: \(held.logged)") { held.hasEnded }
            try await school.settled()
        }
    }

    @Test("N4: another machine at a host's address has a view of its own, though devices.csv knows one host there")
    func anotherMachine() async throws {
        var options = School.Options()
        options.extra = "identity:\n  neighbours: {directory}/arp\n  verify-mac: true\n"
        try await School.open(options) { school in
            let head = "IP address       HW type     Flags       HW address            Mask     Device\n"
            let row = "127.0.0.2        0x1         0x2         52:54:00:00:00:01     *        eth0\n"
            try school.write(head + row, to: "arp")
            let held = try await school.heldPull("images/win11/win11.reg", as: 1)
            try school.write(head + row.replacingOccurrences(of: "00:01 ", with: "99:99 "), to: "arp")
            for (number, options) in [["-aL"], ["-r", "--list-only"], ["-d"]].enumerated() {
                _ = try await school.pull("images/win11/", as: 1, options: options, into: "other/\(number)")
                let view = "srv/.linbo-hookd/views/127.0.0.2/images/win11/win11.reg"
                #expect((try? school.read(view).contains(School.key(1))) != true)
            }
            #expect(try school.received(holding: School.key(1), by: 1, into: "other").isEmpty)
            try await held.stop()
        }
    }

    @Test("N4: names that would come after pre are refused, with the fix")
    func fileLists() async throws {
        try await School.open { school in
            try school.write("images/win11/win11.reg\n", to: "list")
            try school.write("images/win11/win11.reg\n", to: "srv/list")
            let held = try await school.heldPull("images/win11/win11.reg", as: 1)
            for list in ["\(school.directory.path)/list", ":list"] {
                let result = try await school.pull("", as: 1, options: ["--files-from=\(list)"], into: "later")
                #expect(result.status != 0, "\(result)")
                #expect(result.errors.contains("name the files themselves, or a directory"), "\(result)")
            }
            #expect(try school.inboxFiles(of: 1, into: "later").isEmpty)
            try await held.stop()
        }
    }

    @Test("ending a connection ends the process that serves, and its outcome is told")
    func terminate() async throws {
        try await School.open { school in
            let held = try await school.heldPull("start.conf.win11", as: 1)
            let process = try #require(try school.liveConnections(of: "127.0.0.2").first)
            try #require(ConnectionID(process: process)).terminate()
            try await eventually("the client is told: \(held.logged)") { held.hasEnded }
            try await school.settled()
            let rows = try await school.audit().filter { $0.path == "start.conf.win11" }
            #expect(rows.count == 1 && rows.allSatisfy { $0.outcome.rawValue != "delivered" }, "\(rows)")
        }
    }

    @Test(
        "N21: made files belong to a group of rsyncd's, and no other user can walk or read a view",
        .enabled(if: geteuid() == 0, "another user is needed"))
    func otherUsers() async throws {
        var options = School.Options()
        // A group that no other process of the test has.
        options.rsync = "  group: operator"
        try await School.open(options) { school in
            let held = try await school.heldPull("images/win11/win11.reg", as: 1)
            let view = "\(school.tree.path)/.linbo-hookd/views/127.0.0.2"
            for command in [["cat", "\(view)/images/win11/win11.reg"], ["ls", view], ["ls", "\(view)/images/win11"]] {
                let result = try await Command.run(
                    "/usr/bin/setpriv", ["--reuid=1234", "--regid=65534", "--clear-groups"] + command)
                #expect(result.status != 0, "\(result)")
                #expect(!result.output.contains(School.key(1)) && !result.output.contains("win11"), "\(result)")
            }
            let modes = try await Command.run(
                "/usr/bin/stat", ["-c", "%a %G", "\(view)/..", "\(view)/images/win11/win11.reg"])
            #expect(modes.output == "710 operator\n640 operator\n", "\(modes)")
            try await held.stop()
            #expect(try await school.pull("images/win11/win11.reg", as: 1).status == 0)
            #expect(try school.received("win11.reg", by: 1).contains(School.key(1)))
        }
    }
}
