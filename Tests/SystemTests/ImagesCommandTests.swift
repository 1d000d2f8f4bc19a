import Foundation
import Testing

/// `linboctl images`, as an admin types it.
@Suite struct ImagesCommandTests {
    /// A live set and three backups.
    private func makeImages(_ school: School) throws {
        try FileManager.default.removeItem(at: school.tree.appendingPathComponent("images"))
        func set(_ directory: String, _ text: String, _ timestamp: String) throws {
            let name = "srv/images/\(directory)/win11.qcow2"
            try school.write(text, to: name)
            try school.write(
                "[\"win11.qcow2\" Info File]\ntimestamp=\"\(timestamp)\"\nimage=\"win11.qcow2\"\n"
                    + "imagesize=\"\(text.utf8.count)\"\n", to: name + ".info")
            try school.write(String(repeating: text.last == "4" ? "4" : "0", count: 40) + "\n", to: name + ".hash")
            try school.write("account of \(text)", to: name + ".macct", mode: 0o600)
        }
        try set("win11", "set 4", "202604010800")
        for month in 1...3 { try set("win11/backups/20260\(month)010800", "set \(month)", "20260\(month)010800") }
        try school.write("old hooks", to: "srv/images/win11/win11.qcow2.BAK")
        try school.write("no info", to: "srv/images/ubuntu/ubuntu.qcow2")
    }

    @Test func listAndHistory() async throws {
        try await School.open { school async throws in
            try makeImages(school)
            let list = try await school.linboctl("images")
            #expect(list.status == 0 && list.errors.isEmpty, "\(list)")
            #expect(list.output.contains("win11.qcow2   5 B   2026-04-01 08:00  info hash macct  3"), "\(list)")
            #expect(list.output.contains("there is no .info: clients fetch this image each time"), "\(list)")
            #expect(list.output.contains("never served, yours to remove: images/win11/win11.qcow2.BAK"), "\(list)")
            let json = try await school.linboctl("images", "list", "--json")
            #expect(json.output.contains("\"timestamp\" : \"202603010800\""), "\(json)")
            // There is no history yet, but there are backups.
            let history = try await school.linboctl("images", "history", "win11")
            #expect(history.status == 0 && history.output.contains("202601010800  2026-01-01 08:00"), "\(history)")
        }
    }

    @Test func rollbackInOneStepAndBack() async throws {
        try await School.open { school async throws in
            try makeImages(school)
            let back = try await school.linboctl("images", "rollback", "win11.qcow2")
            #expect(
                back.output
                    == "win11.qcow2: the set of backup 202603010800 is live; the set before is backup 202604010800\n",
                "\(back)")
            #expect(try school.read("srv/images/win11/win11.qcow2") == "set 3")
            #expect(try school.read("srv/images/win11/win11.qcow2.macct") == "account of set 3")
            #expect(try await school.pull("images/win11/win11.qcow2", as: 1).status == 0)
            #expect(try school.received("win11.qcow2", by: 1) == "set 3")
            let named = try await school.linboctl("images", "rollback", "win11", "202604010800", "--json")
            #expect(named.status == 0 && named.output.contains("\"used\" : \"202604010800\""), "\(named)")
            #expect(try school.read("srv/images/win11/win11.qcow2.info").contains("202604010800"))
            let history = try await school.linboctl("images", "history", "win11")
            #expect(
                history.output.contains(
                    "rolled-back  the server  2026-03-01 08:00  5 B   the backup 202603010800 is live"),
                "\(history)")
            let json = try await school.linboctl("images", "history", "win11", "--json")
            #expect(json.output.contains("\"infoHash\" : \"\(String(repeating: "4", count: 40))\""), "\(json)")
            // The daemon's subscribers are told.
            let events = try await school.linboctl("events", "--once")
            #expect(events.output.contains("win11.qcow2"), "\(events)")
        }
    }

    /// kill -9 at any point: whoever looks right then, and after the next command, finds one of both sets, whole.
    @Test func aKilledRollbackLeavesAWholeSet() async throws {
        try await School.open { school async throws in
            try makeImages(school)
            try FileManager.default.removeItem(
                at: school.tree.appendingPathComponent("images/win11/backups/202601010800"))
            try FileManager.default.removeItem(
                at: school.tree.appendingPathComponent("images/win11/backups/202602010800"))
            let log = school.directory.appendingPathComponent("rollback.log")
            var killed = 0
            for _ in 0..<30 {
                let daemon = try #require(school.servers.all().first)
                let arguments = ["--config", school.config.path, "images", "rollback", "win11"]
                let rollback = try Server(Programs.linboctl, arguments, log: log)
                try await Task.sleep(for: .microseconds(Int.random(in: 5000...60_000)))
                daemon.signal(SIGKILL)
                try await eventually("both have ended") { daemon.hasEnded && rollback.hasEnded }
                if rollback.status != 0 { killed += 1 }
                try await school.startDaemon()
                let set = try school.read("srv/images/win11/win11.qcow2").suffix(1)
                #expect(set == "3" || set == "4")
                for (suffix, text) in [
                    (".info", "20260\(set)010800"), (".macct", "account of set \(set)"),
                    (".hash", String(repeating: set == "4" ? "4" : "0", count: 40)),
                ] {
                    #expect(try school.read("srv/images/win11/win11.qcow2\(suffix)").contains(text))
                }
            }
            #expect(killed > 0)
            let last = try await school.linboctl("images", "rollback", "win11")
            #expect(last.status == 0, "\(last)")
            let live = try school.read("srv/images/win11/win11.qcow2")
            let backup = live == "set 3" ? "202604010800" : "202603010800"
            let directory = school.tree.appendingPathComponent("images/win11/backups").path
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [backup])
            #expect(
                try school.read("srv/images/win11/backups/\(backup)/win11.qcow2")
                    == (live == "set 3" ? "set 4" : "set 3"))
        }
    }

    @Test func pruneKeepsTheNewest() async throws {
        try await School.open { school async throws in
            try makeImages(school)
            let trial = try await school.linboctl("images", "prune", "--keep", "1", "--dry-run")
            #expect(trial.output.contains("win11.qcow2  202602010800  would be removed"), "\(trial)")
            #expect(school.exists("srv/images/win11/backups/202601010800/win11.qcow2"))
            let file = school.tree.appendingPathComponent("images/win11/backups/202601010800/win11.qcow2")
            // Not by FileHandle: daemons of other schools, started right then, would inherit it.
            let reader = open(file.path, O_RDONLY | O_CLOEXEC)
            #expect(reader >= 0)
            let pruned = try await school.linboctl("images", "prune", "win11", "--keep", "1")
            #expect(pruned.output.contains("win11.qcow2  202602010800  removed"), "\(pruned)")
            #expect(pruned.output.contains("win11.qcow2 is open in another process"), "\(pruned)")
            #expect(!school.exists("srv/images/win11/backups/202602010800"))
            #expect(school.exists("srv/images/win11/backups/202601010800/win11.qcow2"))
            close(reader)
            let rest = try await school.linboctl("images", "prune", "--keep", "1")
            #expect(rest.output.contains("202601010800  removed"), "\(rest)")
            #expect(try await school.linboctl("images", "prune", "--keep", "1").output.hasPrefix("nothing to remove"))
            #expect(try await school.linboctl("images", "history", "win11").output.contains("pruned"))
        }
    }

    @Test func whatCantBeDoneIsTold() async throws {
        try await School.open { school async throws in
            try makeImages(school)
            let nearest = try await school.linboctl("images", "rollback", "win1")
            #expect(nearest.status == 1 && nearest.errors.contains("did you mean 'win11'?"), "\(nearest)")
            let path = try await school.linboctl("images", "rollback", "../../etc/win11.qcow2")
            #expect(path.status == 1 && path.errors.contains("no image '../../etc/win11.qcow2'"), "\(path)")
            let none = try await school.linboctl("images", "rollback", "ubuntu")
            #expect(none.status == 1 && none.errors.contains("there is no backup of ubuntu.qcow2"), "\(none)")
            let wrong = try await school.linboctl("images", "rollback", "win11", "202601010801")
            #expect(
                wrong.errors.contains("choose one of 202603010800, 202602010800, 202601010800"), "\(wrong)")
            #expect(try await school.linboctl("images", "prune").status == 2)
            #expect(try await school.linboctl("images", "prune", "--keep", "-1").status == 2)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "becoming another user is for root"))
    func onlyRootChangesImages() async throws {
        try await School.open { school async throws in
            try makeImages(school)
            for words in [["rollback", "win11"], ["prune", "--keep", "0"]] {
                let result = try await school.linboctlAsNobody(["images"] + words)
                #expect(result.status == 1 && result.errors.contains("permission denied: run it by sudo"), "\(result)")
            }
            #expect(try school.read("srv/images/win11/win11.qcow2") == "set 4")
        }
    }
}
