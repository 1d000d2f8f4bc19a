import Foundation
import HookHost
import LinboModel
import LinuxKit
import Registration
import Testing

@Suite("Registration")
struct RegistrationTests {
    @Test("A host is registered: one row more, and the last one for the next host's form")
    func registered() throws {
        let schools = try TestSchools()
        try schools.registrar.admit(fileName: "pc55.new", by: TestSchools.client)
        try schools.register(row("pc55"), as: "pc55.new")
        #expect(schools.text() == TestSchools.rows + row("pc55"))
        #expect(schools.text("linbo/last_registered") == row("pc55"))
        let mode = try FileManager.default.attributesOfItem(atPath: "\(schools.base)/linbo/last_registered")
        #expect((mode[.posixPermissions] as? Int) == 0o644)
    }

    @Test("Owner, mode, byte order mark, CRLF, Latin-1 and comments of the file stay; no file is left beside it")
    func fileStays() throws {
        let schools = try TestSchools()
        let old: [UInt8] =
            [0xEF, 0xBB, 0xBF] + Array("# B".utf8) + [0xFC] + Array("ro\r\nr1;pc1;g;00:11:22:33:44:01;DHCP".utf8)
        try schools.write(old, to: TestSchools.devices)
        let path = "\(schools.base)/\(TestSchools.devices)"
        #expect(chmod(path, 0o640) == 0)
        if geteuid() == 0 { #expect(chown(path, 1, 2) == 0) }
        let before = try #require(FileStatus(at: path))
        try schools.register(row("pc55"), as: "pc55.new")
        let after = try #require(FileStatus(at: path))
        #expect(schools.bytes() == old + Array("\r\n\(row("pc55").dropLast())\r\n".utf8))
        #expect((after.mode, after.owner, after.group) == (before.mode, before.owner, before.group))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: "\(schools.base)/schools/default-school") == [
                "devices.csv"
            ])
    }

    @Test("A symlink to the file stays one") func symlink() throws {
        let schools = try TestSchools()
        try schools.write(TestSchools.rows, to: "kept.csv")
        let path = "\(schools.base)/\(TestSchools.devices)"
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "../../kept.csv")
        try schools.register(row("pc55"), as: "pc55.new")
        #expect(schools.text("kept.csv") == TestSchools.rows + row("pc55"))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "../../kept.csv")
    }

    @Test("MAC and DHCP are written as devices.csv has them, blanks go")
    func canonical() throws {
        let schools = try TestSchools()
        let sent = " r102 ;pc55; win11;00-11-22-AA-BB-CC;dhcp;;;;classroom-studentcomputer;;1\r\n"
        try schools.register(sent, as: "PC55.new")
        #expect(schools.text() == TestSchools.rows + row("pc55", mac: "00:11:22:aa:bb:cc", address: "DHCP"))
    }

    @Test("What a name can be refused for before a byte has come") func names() throws {
        let schools = try TestSchools(gym: "r1;pc01;win11;00:11:22:33:44:99;DHCP\n")
        for name in ["pc10.new", "PC10.new", "gym-pc01.new"] {
            let refusal = try #require(throws: Refusal.self) {
                try schools.registrar.admit(fileName: name, by: TestSchools.client)
            }
            #expect(refusal.reason.contains("is registered already, in \(schools.base)/schools/"))
        }
        for name in ["pc_1.new", ".new", "-pc.new", "pc01", "pc01.new.new", "a b.new", "$(id).new", ""] {
            let refusal = try #require(throws: Refusal.self) {
                try schools.registrar.admit(fileName: name, by: TestSchools.client)
            }
            #expect(refusal.reason.contains("names no host"))
        }
        try schools.registrar.admit(fileName: "pc01.new", by: TestSchools.client)  // gym's has a prefix
        try FileManager.default.removeItem(atPath: "\(schools.base)/\(TestSchools.devices)")
        try FileManager.default.removeItem(atPath: "\(schools.base)/\(TestSchools.gymDevices)")
        #expect(throws: Refusal.self) { try schools.registrar.admit(fileName: "pc01.new", by: TestSchools.client) }
    }

    @Test("What is known, or not known, is refused by name, MAC, address, group, and the file's name")
    func refused() throws {
        let schools = try TestSchools(gym: "r1;pc01;win11;00:11:22:33:44:99;10.0.0.99\n")
        let cases: [(row: String, reason: String)] = [
            (row("pc10"), "pc10 is registered already, in \(schools.base)/\(TestSchools.devices):2"),
            (row("PC55", mac: "00:11:22:33:44:11"), "00:11:22:33:44:11 is registered already"),
            (row("pc55", mac: "00-11-22-33-44-99"), "gym.devices.csv:1"),
            (row("pc55", address: "10.0.0.10"), "10.0.0.10 is that of another host"),
            (row("pc55", address: "10.0.0.99"), "gym.devices.csv:1"),
            (row("pc55", group: "win10"), "no start.conf.win10; did you mean win11?"),
            (row("pc55", group: "nothing-like-it"), "make one, or name another group"),
            (row("pc56"), "is not the name of the file"),
        ]
        for (row, reason) in cases {
            let name = reason.contains("pc10") ? "pc10.new" : "pc55.new"
            #expect(try schools.refusal(row, as: name).contains(reason), "\(row)")
        }
    }

    @Test("A file that is broken takes no row") func broken() throws {
        for rows in ["r1;pc01;win11;00:11:22:33:44:99;DHCP\nr1;pc", "r1;pc01;g\0\n"] {
            let schools = try TestSchools(rows: rows)
            #expect(try schools.refusal(row("pc55"), as: "pc55.new").contains("is broken"))
        }
    }

    @Test(
        "A host goes to the school whose prefix its name or its room has",
        arguments: [
            ("gym-pc55", "r102"), ("gym-pc55", "gym-r102"), ("pc55", "gym-r102"), ("GYM-pc55", "Gym-r102"),
        ])
    func school(name: String, room: String) throws {
        let schools = try TestSchools(gym: "")
        try schools.register(row(name, room: room), as: "\(name).new")
        #expect(schools.text(TestSchools.gymDevices) == row("pc55"))
        #expect(schools.text() == TestSchools.rows)
        #expect(schools.text("linbo/last_registered") == row(name, room: room))  // as the next one is typed
        #expect(throws: Refusal.self) {
            try schools.register(row("gym-pc55", mac: "00:11:22:33:44:77", address: "DHCP"), as: "gym-pc55.new")
        }
    }

    @Test("Names without a school's prefix are of the default school; two schools' prefixes are refused")
    func otherSchools() throws {
        let schools = try TestSchools(gym: "")
        try FileManager.default.createDirectory(
            atPath: "\(schools.base)/schools/gym-nord", withIntermediateDirectories: true)
        try schools.register(row("gymnasium-1"), as: "gymnasium-1.new")
        try schools.register(row("gym-nord-1", mac: "00:11:22:33:44:56", address: "DHCP"), as: "gym-nord-1.new")
        #expect(schools.text(TestSchools.gymDevices).hasPrefix("r102;nord-1;"))  // gym-nord has no file
        try schools.write("", to: "schools/gym-nord/gym-nord.devices.csv")
        try schools.register(row("gym-nord-2", mac: "00:11:22:33:44:57", address: "DHCP"), as: "gym-nord-2.new")
        #expect(schools.text("schools/gym-nord/gym-nord.devices.csv").hasPrefix("r102;2;"))
        let mixed = row("gym-nord-3", room: "gym-r1", mac: "00:11:22:33:44:58", address: "DHCP")
        #expect(throws: Refusal.self) { try schools.register(mixed, as: "gym-nord-3.new") }
        #expect(throws: Refusal.self) {  // nothing is left without the prefix
            try schools.register(row("gym--x", mac: "00:11:22:33:44:58", address: "DHCP"), as: "gym--x.new")
        }
    }

    @Test("A new group that can't be made leaves devices.csv as it was, and the client can try again")
    func groupThatCannotBeMade() throws {
        var settings = RegistrationSettings()
        settings.makesGroups = true
        settings.perHour = 1
        let schools = try TestSchools(settings: settings)
        try schools.write("[LINBO]\n", to: "linbo/start.conf")
        let obstacle = "\(schools.base)/linbo/start.conf.new"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
        #expect(throws: SystemError.self) { try schools.register(row("pc55", group: "new"), as: "pc55.new") }
        #expect(schools.text() == TestSchools.rows)
        try FileManager.default.removeItem(atPath: obstacle)
        try schools.register(row("pc55", group: "new"), as: "pc55.new")
        #expect(schools.text() == TestSchools.rows + row("pc55", group: "new"))
    }
}
