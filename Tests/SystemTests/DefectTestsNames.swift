import Foundation
import Testing

/// The defects of docs/linbo.md#defects-of-the-old-hooks that come from names that clients send.
@Suite struct DefectTestsNames {
    @Test("defect 1: '..' reaches nothing outside the tree, and what lies there stays")
    func parentReferences() async throws {
        try await School.open { school in
            let names = ["victim.cmd", "victim.mpw", "victim.log", "x.status", "pc01.win11.grub.cfg"]
            for name in names { try school.write("outside", to: name) }
            let ways: [(directory: String, options: [String])] = [
                ("..", Flags.download), ("linbocmd/../..", Flags.trigger), ("tmp//../../", Flags.probe),
                ("../srv/..", ["-r", "-L"]),
            ]
            // Together, as rsyncd takes its time over a refusal.
            try await together(names.count * ways.count, at: 20) { number in
                let way = ways[number % ways.count]
                let path = "\(way.directory)/\(names[number / ways.count])"
                let result = try await school.pull(path, as: number / ways.count + 1, options: way.options)
                #expect(result.status != 0)
                #expect(result.description.contains("'..' in a path"), "\(path): \(result)")
            }
            try await school.settled()
            for (number, name) in names.enumerated() {
                #expect(try school.read(name) == "outside")
                #expect(try school.inboxFiles(of: number + 1).isEmpty)
            }
            let stays = try await school.pull("start.conf.win11", as: 1)
            #expect(stays.status == 0, "\(stays)")
        }
    }

    static let oddNames = [
        "a -e {evil} b.log", "-e {evil}", "--rsh={evil}", "--delete", "it's.png", "say \"hi\".png", "$(touch ran).png",
        "`touch ran`.png", "; touch ran;.png", "a|touch ran", "a & touch ran &", "> ran", "${IFS}touch", "%RSYNC_PID%",
        "~root", "!!", "back\\slash.png", "{a,b}.png", "  two  blanks  ", "ends with blank ",
    ]

    @Test("defects 2 and 43: odd names are names: served as such, and nothing is run", arguments: ["", "icons/"])
    func oddNames(directory: String) async throws {
        try await School.open { school in
            let evil = school.directory.appendingPathComponent("evil").path
            try school.write("#!/bin/sh\ntouch \(school.directory.path)/ran\n", to: "evil", mode: 0o755)
            // Slashes in a name are directories.
            let names = Self.oddNames.map { $0.replacingOccurrences(of: "{evil}", with: evil) }
            for name in names { try school.write("bytes of \(name)", to: "srv/\(directory)\(name)") }
            let before = try await school.fingerprint()
            for name in names {
                let result = try await school.pull(directory + name, as: 1, options: Flags.download)
                // rsyncd itself takes such a name in the root for an option, which a client may send anyway.
                if directory.isEmpty && name.hasPrefix("-") { continue }
                #expect(result.status == 0, "\(name): \(result)")
                let file = URL(fileURLWithPath: "/" + name).lastPathComponent
                #expect(try school.received(file, by: 1) == "bytes of \(name)")
            }
            #expect(try await school.fingerprint() == before)
            let everywhere = try FileManager.default.subpathsOfDirectory(atPath: school.directory.path)
            #expect(!everywhere.contains { $0.hasSuffix("/ran") || $0 == "ran" })
            #expect(!FileManager.default.fileExists(atPath: "ran"))
        }
    }

    @Test("defect 3: requests for logs, status and hardware lists make the server fetch nothing")
    func noFetching() async throws {
        try await School.open { school in
            try school.write("mine", to: "x.status")
            let before = try await school.fingerprint()
            for path in ["tmp/hwinfo.gz", "/tmp/linbo.log", "/tmp/image.status", "tmp/other.log", "etc/x.status"] {
                let result = try await school.pull(path, as: 1, options: Flags.trigger)
                #expect(result.status == 23, "\(path): \(result)")
            }
            let outside = try await school.pull("../../etc/x.status", as: 1)
            #expect(outside.description.contains("'..' in a path"), "\(outside)")
            #expect(try await school.fingerprint() == before)
            #expect(try school.inboxFiles(of: 1).isEmpty)
        }
    }

    @Test("defect 35: several names in one connection: the rules of each")
    func severalNames() async throws {
        try await School.open { school in
            try school.write("start:1\n", to: "srv/linbocmd/pc01.cmd")
            try school.write("linbo:\(School.secret),upload_image:1\n", to: "srv/linbocmd/pc02.cmd")
            try school.write("unicodePwd", to: "srv/images/win11/win11.qcow2.macct")
            let result = try await school.pull(
                [
                    "start.conf.win11", "linbocmd/pc02.cmd", "linbocmd/pc01.cmd", "images/win11/win11.qcow2.macct",
                    "linbofs64.md5",
                ], as: 1, options: Flags.follow)
            #expect(result.status == 23, "\(result)")
            #expect(try Set(school.inboxFiles(of: 1).keys) == ["start.conf.win11", "pc01.cmd", "linbofs64.md5"])
            try await school.settled()
            #expect(school.exists("srv/linbocmd/pc02.cmd"))
            let its = try await school.pull(["linbofs64.md5", "linbocmd/pc02.cmd"], as: 2, options: Flags.follow)
            #expect(its.status == 0, "\(its)")
            #expect(try school.received("pc02.cmd", by: 2).contains(School.secret))
            try await eventually("it is consumed") { !school.exists("srv/linbocmd/pc02.cmd") }
        }
    }

    @Test("defect 35: a command that was sent beside a missing file was sent")
    func sentBesideAMissingFile() async throws {
        try await School.open { school in
            try school.write("start:1\n", to: "srv/linbocmd/pc01.cmd")
            let both = try await school.pull(["linbocmd/pc01.cmd", "no-such-file"], as: 1, options: Flags.follow)
            #expect(both.status == 23, "\(both)")
            #expect(try school.received("pc01.cmd", by: 1) == "start:1\n")
            try await school.settled()
            let again = try await school.pull("linbocmd/pc01.cmd", as: 1, options: Flags.follow, into: "again")
            #expect(again.status == 23, "\(again)")
            #expect(!school.hasReceived("pc01.cmd", by: 1, into: "again"))
        }
    }

    @Test("defect 35: one bad name among good ones refuses the connection")
    func oneBadName() async throws {
        try await School.open { school in
            try school.write("start:1\n", to: "srv/linbocmd/pc01.cmd")
            let result = try await school.pull(["linbocmd/pc01.cmd", "linbocmd/../../x"], as: 1)
            #expect(result.status != 0)
            #expect(result.description.contains("'..' in a path"), "\(result)")
            #expect(try school.inboxFiles(of: 1).isEmpty)
            try await school.settled()
            let later = try await school.pull("linbocmd/pc01.cmd", as: 1)
            #expect(later.status == 0, "\(later)")
        }
    }
}
