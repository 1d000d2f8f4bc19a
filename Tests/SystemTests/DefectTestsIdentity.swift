import Foundation
import HookHost
import LinboModel
import Testing

@testable import RsyncTransport

/// The defects of docs/linbo.md#defects-of-the-old-hooks that take one host, one entry or one connection for another.
@Suite struct DefectTestsIdentity {
    /// What a connection that died left: it had a command in hand.
    private func leftover(_ name: String, host: String, path: String) -> [UInt8] {
        var ticket = Ticket(asked: 1, address: "127.0.0.2", host: host, intent: .fetch)
        ticket.deliveries = [
            Delivery(
                path: path, plugin: "onboot-cmd", decision: .made, bytes: 9,
                claim: .init(owner: "onboot-cmd", token: "1:1", isOneShot: true))
        ]
        return ticket.encoded(for: ConnectionID(name) ?? ConnectionID(process: 1, started: 1))
    }

    @Test("defect 11: what a crash leaves takes no command away", arguments: ["999999@1", "1@5", "0@0", "x", "1@"])
    func leftRecord(name: String) async throws {
        try await School.open { school in
            #expect(try await school.linboctl("onboot", "add", "pc01", "reboot").status == 0)
            try school.write("start:1\n", to: "srv/linbocmd/pc02.cmd")
            for (address, host, path) in [
                ("127.0.0.2", "pc01", "linbocmd/pc01.cmd"), ("127.0.0.3", "pc02", "linbocmd/pc02.cmd"),
            ] {
                let record = leftover(name, host: host, path: path)
                try school.place(record, at: "srv/.linbo-hookd/live/\(address)/\(name)")
            }
            for host in [1, 2] {
                let path = "linbocmd/pc0\(host).cmd"
                let first = try await school.pull(path, as: host, options: Flags.follow)
                #expect(first.status == 0, "\(first)")
                #expect(try school.received("pc0\(host).cmd", by: host) == (host == 1 ? "reboot\n" : "start:1\n"))
                try await eventually("it is over") {
                    try await !school.linboctl("onboot", "list", "--json").output.contains("pc0\(host)")
                }
                let second = try await school.pull(path, as: host, options: Flags.follow)
                #expect(second.status == 23, "\(second)")
            }
        }
    }

    @Test("defect 11: a connection whose pid another one had before is not taken for it")
    func samePid() async throws {
        var options = School.Options()
        // Nobody sweeps: each hook works for itself, beside what is left.
        options.startsDaemon = false
        try await School.open(options) { school in
            for host in 1...6 { try school.write("sync:\(host)\n", to: "srv/linbocmd/pc0\(host).cmd") }
            #expect(try await school.pull("linbofs64.md5", as: 9).status == 0)
            try await school.settled()
            for host in 1...6 {
                let newest = try await newestProcess()
                let stale = Set((1...400).map { "\(newest + $0)@1" })
                for name in stale {
                    let record = leftover(name, host: "pc01", path: "linbocmd/pc01.cmd")
                    try school.write(record, to: "srv/.linbo-hookd/live/127.0.0.\(host + 1)/\(name)")
                }
                let result = try await school.pull("linbocmd/pc0\(host).cmd", as: host, options: Flags.follow)
                #expect(result.status == 0, "\(result)")
                #expect(try school.received("pc0\(host).cmd", by: host) == "sync:\(host)\n")
                let records = "live/127.0.0.\(host + 1)"
                try await eventually("its own record goes, the others stay") {
                    Set(school.internalNames(in: records).filter { $0.contains("@") }) == stale
                }
                #expect(!school.exists("srv/linbocmd/pc0\(host).cmd"))
            }
        }
    }

    /// Processes that are started from now on have greater numbers.
    private func newestProcess() async throws -> Int {
        let result = try await Command.run("/bin/sh", ["-c", "echo $$"])
        return try #require(Int(result.output.dropLast()))
    }

    @Test("defect 31: exactly the value of \"Domain\" is set, and line ends stay")
    func domainEntries() async throws {
        try await School.open { school in
            let head = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\X]\r\n"
            let before =
                head
                + "\"Domain\"=\"OLD\"\r\n\"AltDomain\"=\"KEEP\"\r\n\"Domain\"=\"SCHOOL\"\r\n\"Host\"=\"{$HostName$}\"\r\n"
            let after = before.replacingOccurrences(of: "\"OLD\"", with: "\"SCHOOL\"")
            try school.write(before, to: "srv/images/win11/win11.reg")
            try school.write(
                Array("\u{FEFF}\(before)".data(using: .utf16LittleEndian) ?? Data()), to: "srv/images/win11/wide.reg")
            let tree = try await school.fingerprint()
            for name in ["win11.reg", "wide.reg"] {
                let result = try await school.pull("images/win11/\(name)", as: 1, options: Flags.download)
                #expect(result.status == 0, "\(result)")
            }
            #expect(try school.received("win11.reg", by: 1) == after)
            let wide = String(data: Data(try school.receivedBytes("wide.reg", by: 1)), encoding: .utf16LittleEndian)
            #expect(wide == "\u{FEFF}\(after)")
            #expect(try await school.fingerprint() == tree)
        }
    }

    private func setAlikeHosts(_ school: School) throws {
        let other = School.row(2).replacingOccurrences(of: ";pc02;", with: ";r100-pc01;")
        try school.setHosts([School.row(1), other, School.row(4).replacingOccurrences(of: ";pc04;", with: ";pc010;")])
        let bbs = School.row(3).replacingOccurrences(of: ";pc03;", with: ";pc01;")
        try school.write(bbs + "\n", to: "schools/bbs/bbs.devices.csv")
    }

    @Test("defect 33: a host's keys are its own, not those of a host with a longer name or in another school")
    func alikeNamesKeys() async throws {
        try await School.open { school in
            try setAlikeHosts(school)
            for host in 1...4 {
                let result = try await school.pull("winact/0123456789abcdef.winkey", as: host, options: [Flags.skip])
                #expect(result.status == 0, "\(result)")
                let text = try school.received("0123456789abcdef.winkey", by: host)
                #expect(text == "winkey=\(School.key(host))\n")
            }
        }
    }

    @Test("defect 33: a host's commands are its own, not those of a host with a longer name or in another school")
    func alikeNamesCommands() async throws {
        try await School.open { school in
            try setAlikeHosts(school)
            let names = ["pc01", "r100-pc01", "bbs-pc01", "pc010"]
            for name in names { try school.write("linbo \(name)\n", to: "srv/linbocmd/\(name).cmd") }
            for (index, name) in names.enumerated() {
                for other in names where other != name {
                    let result = try await school.pull("linbocmd/\(other).cmd", as: index + 1, options: Flags.follow)
                    #expect(result.status == 23, "\(name) asks for \(other): \(result)")
                }
            }
            for (index, name) in names.enumerated() {
                let own = try await school.pull("linbocmd/\(name).cmd", as: index + 1, options: Flags.follow)
                #expect(own.status == 0, "\(own)")
                #expect(try school.inboxFiles(of: index + 1) == ["\(name).cmd": Array("linbo \(name)\n".utf8)])
            }
        }
    }
}
