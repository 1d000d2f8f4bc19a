import Foundation
import HookHost
import HookStore
import Testing

/// Nobody keeps a PC's hooks waiting: neither many requests, nor large ones, nor a lock.
@Suite struct HookThreadTests {
    @Test(
        "N7: listings of a large tree wait for their turns, and pulls beside them do not; none falls to once")
    func listings() async throws {
        var options = School.Options()
        // A busy machine is no reason for `once`; that other calls are answered meanwhile is HookListenerTests' matter.
        options.hookWait = "30s"
        try await School.open(options) { school in
            for directory in 0..<4 {
                for file in 0..<200 { try school.write("x", to: "srv/many/\(directory)/\(file)") }
            }
            // `once` reads the configuration: whatever falls to it fails now.
            try school.write("linbo: [", to: "linbo-hookd.yaml")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for address in [190, 191, 192] {
                    group.addTask {
                        try await together(4, at: 4) { _ in
                            let result = try await school.list("", as: address, options: ["-r"])
                            #expect(result.status == 0, "\(result.errors)")
                        }
                    }
                }
                group.addTask {
                    try await together(20, at: 2) { number in
                        let result = try await school.pull(
                            "images/win11/win11.reg", as: 1 + number % 2, into: "own/\(number)")
                        #expect(result.status == 0, "\(result)")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("N19: an address has a bounded number of connections, and others go on")
    func connections() async throws {
        try await School.open { school in
            let script = """
                import socket, sys
                port, count = int(sys.argv[1]), int(sys.argv[2])
                kept, words = [], []
                for number in range(count):
                    peer = socket.create_connection(("127.0.0.1", port), source_address=("127.0.0.2", 0))
                    peer.settimeout(60)
                    lines = peer.makefile("rb")
                    lines.readline()
                    peer.sendall(b"@RSYNCD: 31.0 sha512\\nlinbo\\n")
                    words.append(lines.readline().decode().strip())
                    kept.append((peer, lines))
                print(sum(word == "@RSYNCD: OK" for word in words))
                print(next((word for word in words if word.startswith("@ERROR")), "none"))
                """
            let result = try await Command.run(
                "/usr/bin/python3", ["-c", script, "\(school.port)", "40"])
            let lines = result.output.split(separator: "\n")
            #expect(lines.first == "32", "\(result)")
            #expect(lines.last?.hasPrefix("@ERROR") == true, "\(result)")
            #expect(try await school.pull("start.conf.win11", as: 2).status == 0)
            try await school.settled()
            #expect(try await school.pull("start.conf.win11", as: 1).status == 0)
        }
    }

    @Test("a second daemon ends before it touches the tree or the state of the first")
    func secondDaemon() async throws {
        try await School.open { school in
            try school.write("half made", to: "srv/.linbo-hookd/tmp/1.2.3")
            let directory = school.directory.path
            let text = try school.read("linbo-hookd.yaml")
                .replacingOccurrences(of: "socket: \(directory)/hook.sock", with: "socket: \(directory)/other.sock")
            let other = text.replacingOccurrences(of: "state: \(directory)/state", with: "state: \(directory)/state2")
            for (name, config) in [("a.yaml", text), ("b.yaml", other)] {
                try school.write(config, to: name)
                let second = try await Command.run(Programs.hookd, ["serve", "--config", "\(directory)/\(name)"])
                #expect(second.status == 1)
                #expect(second.errors.contains("serves here, and holds"), "\(second)")
            }
            #expect(school.exists("srv/.linbo-hookd/tmp/1.2.3"))
            #expect(try await school.pull("start.conf.win11", as: 1).status == 0)
        }
    }

    @Test("a lock that a stopped process holds keeps neither an upload's hook, nor other PCs, nor the next start")
    func stuckLock() async throws {
        var options = School.Options.withUploads()
        options.plugins = "  - windows-key"
        try await School.open(options) { school in
            try await school.makeImage("win11.qcow2", size: 1)
            let lock = "\(school.tree.path)/.linbo-hookd/uploads/locks/win11.qcow2"
            let holder = try Server(
                "/usr/bin/flock", ["--exclusive", lock, "/usr/bin/sleep", "3600"],
                log: school.directory.appendingPathComponent("flock.log"))
            school.servers.add(holder)
            try await eventually("the lock is held") {
                try await Command.run("/usr/bin/flock", ["--nonblock", lock, "/usr/bin/true"]).status == 1
            }
            try await together(6, at: 6) { number in
                let result = try await school.push("win11.qcow2", to: "images/win11/win11.qcow2", as: 10 + number)
                #expect(result.status != 0)
                #expect(result.errors.contains("locked on the server"), "\(result)")
            }
            #expect(try await school.pull("images/win11/win11.reg", as: 1).status == 0)
            // A record that a crash left, which the next start settles.
            try school.write(
                "", to: "srv/.linbo-hookd/uploads/live/127.0.0.9/4194400@5")
            _ = try await school.startSecondHand(keeping: holder)
            #expect(try await school.pull("images/win11/win11.reg", as: 1).status == 0)
            try await holder.stop()
            let pushed = try await school.push("win11.qcow2", to: "images/win11/win11.qcow2", as: 1)
            #expect(pushed.status == 0, "\(pushed)")
        }
    }

    @Test("an outcome is told once, also if the connection can't be let go of just then")
    func toldOnce() async throws {
        try await School.open { school in
            #expect(try await school.linboctl("onboot", "add", "pc01", "sync:1").status == 0)
            let held = try await school.heldPull("linbocmd/pc01.cmd", as: 1)
            let directory = "\(school.tree.path)/.linbo-hookd/live/127.0.0.2"
            let holder = try Server(
                "/usr/bin/flock", ["--exclusive", directory, "/usr/bin/sleep", "3600"],
                log: school.directory.appendingPathComponent("flock.log"))
            try await eventually("the lock is held") {
                try await Command.run("/usr/bin/flock", ["--nonblock", directory, "/usr/bin/true"]).status == 1
            }
            try await held.stop()
            try await eventually("the outcome is told") {
                try await school.audit().contains { $0.path == "linbocmd/pc01.cmd" }
            }
            try await eventually("rsyncd's hooks have given up") {
                School.processes(mentioning: "once").isEmpty && School.processes(mentioning: "linbo-hook ").isEmpty
            }
            try await holder.stop()
            try await school.settled()
            #expect(try await school.audit().filter { $0.path == "linbocmd/pc01.cmd" }.count == 1)
        }
    }
}
