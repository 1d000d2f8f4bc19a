import Foundation
import HookHost
import LinboModel
import LinuxKit
import Registration
import Testing

/// What a host that registers itself may be, and how many of them.
@Suite struct NewcomerTests {
    private static func settings(_ change: (inout RegistrationSettings) -> Void = { _ in }) -> RegistrationSettings {
        var settings = RegistrationSettings()
        change(&settings)
        return settings
    }

    private static func row(_ number: Int, role: String = "classroom-studentcomputer") -> (text: String, file: String) {
        let text = "r102;pc\(number);win11;00:11:22:33:55:\(number);10.0.1.\(number);;;;\(role);;1\n"
        return (text, "pc\(number).new")
    }

    @Test("N22: no role but that of a PC", arguments: ["addc", "server", "router", "switch", "printer", "anything"])
    func roles(_ role: String) throws {
        let schools = try TestSchools(settings: Self.settings())
        let (text, file) = Self.row(20, role: role)
        #expect(try schools.refusal(text, as: file).contains("the role \(role)"))
        #expect(schools.newcomers.content == Newcomers.Content())
    }

    @Test("N22: no address that another machine answers at") func addresses() throws {
        let other = MACAddress("00:11:22:33:77:77")
        let schools = try TestSchools(settings: Self.settings(), neighbour: { _ in other })
        let (text, file) = Self.row(20)
        #expect(try schools.refusal(text, as: file).contains("in use by another machine"))
    }

    @Test("N22: so many an hour from one address, and in all") func rate() throws {
        for change in [{ $0.perHour = 3 }, { $0.perHourPerAddress = 3 }] as [(inout RegistrationSettings) -> Void] {
            let schools = try TestSchools(settings: Self.settings(change))
            for number in 20..<23 { try schools.register(Self.row(number).text, as: Self.row(number).file) }
            let reason = try #require(
                #expect(throws: Refusal.self) { try schools.register(Self.row(23).text, as: Self.row(23).file) }
            ).reason
            #expect(reason.contains("3 hosts were registered") && reason.contains("registration.per-hour"))
            #expect(throws: Refusal.self) { try schools.registrar.admit(fileName: "pc24.new", by: TestSchools.client) }
            // Admitted ones count on for the hour.
            try schools.registrar.admit(schools.newcomers.content.waiting)
            #expect(throws: Refusal.self) { try schools.register(Self.row(23).text, as: Self.row(23).file) }
        }
    }

    @Test("N22: so many wait for an import at once") func pending() throws {
        let schools = try TestSchools(settings: Self.settings { $0.pending = 2 })
        for number in 20..<22 { try schools.register(Self.row(number).text, as: Self.row(number).file) }
        let reason = try #require(
            #expect(throws: Refusal.self) { try schools.register(Self.row(22).text, as: Self.row(22).file) }
        ).reason
        #expect(reason.contains("registration.pending"))
        try schools.registrar.admit(schools.newcomers.content.waiting)
        try schools.register(Self.row(22).text, as: Self.row(22).file)
    }

    private static func devices(_ schools: TestSchools) -> Devices {
        Devices([Devices.parse(schools.bytes(), file: "devices.csv", school: .default)])
    }

    @Test("N10: a row waits until the importer made its menu's link; an older link of its name is none")
    func imported() throws {
        let schools = try TestSchools(settings: Self.settings())
        let menus = "\(schools.base)/linbo/boot/grub/hostcfg"
        try FileManager.default.createDirectory(atPath: menus, withIntermediateDirectories: true)
        for name in ["pc20", "pc10"] { try #require(symlink("../win11.cfg", "\(menus)/\(name).cfg") == 0) }
        // The kernel's clock for files ticks a few times a second only.
        let old = try #require(FileStatus(at: "\(menus)/pc20.cfg"))
        while UnixTime.nowMilliseconds() <= old.changed * 1000 + old.changedNanoseconds / 1_000_000 {}
        try schools.register(Self.row(20).text, as: Self.row(20).file)
        let host = try #require(Self.devices(schools).hosts.first { $0.name.description == "pc20" })
        #expect(schools.newcomers.waiting(host)?.by == TestSchools.client.address.description)
        #expect(schools.newcomers.waiting(in: Self.devices(schools)).map(\.name) == ["pc20"])
        try schools.registrar.settle(Self.devices(schools))
        #expect(schools.newcomers.waiting(host) != nil)
        unlink("\(menus)/pc20.cfg")
        try #require(symlink("../win11.cfg", "\(menus)/pc20.cfg") == 0)
        #expect(schools.newcomers.waiting(host) == nil)
        for known in Self.devices(schools).hosts { #expect(schools.newcomers.waiting(known) == nil) }
    }

    @Test("N10: a row that the admin has changed since is the admin's; without the state nobody waits")
    func changed() throws {
        let schools = try TestSchools(settings: Self.settings())
        try schools.register(Self.row(20).text, as: Self.row(20).file)
        let host = try #require(Self.devices(schools).hosts.first { $0.name.description == "pc20" })
        #expect(schools.newcomers.waiting(host) != nil)
        try schools.write(schools.text().replacing("10.0.1.20", with: "10.0.1.21"), to: TestSchools.devices)
        let moved = try #require(Self.devices(schools).hosts.first { $0.name.description == "pc20" })
        #expect(schools.newcomers.waiting(moved) == nil && schools.newcomers.waiting(in: Self.devices(schools)).isEmpty)
        #expect(schools.newcomers.waiting(host) != nil)
        try #require(unlink(schools.newcomers.file) == 0)
        #expect(schools.newcomers.waiting(host) == nil)
    }

    @Test("N10: a host that can't be noted is not registered") func unwritable() throws {
        let schools = try TestSchools(settings: Self.settings())
        try #require(mkdir(schools.newcomers.file, 0o700) == 0)
        let before = schools.text()
        #expect(throws: (any Error).self) { try schools.register(Self.row(20).text, as: Self.row(20).file) }
        #expect(schools.text() == before)
    }

    /// What can be wrong with the file of those who wait.
    private enum Damage: CaseIterable {
        case broken, empty, tooLarge, noFile, loop

        func done(to file: String) throws {
            unlink(file)
            switch self {
            case .broken: try Data("{\"waiting\":[".utf8).write(to: URL(fileURLWithPath: file))
            case .empty: try Data().write(to: URL(fileURLWithPath: file))
            case .tooLarge:
                try Data().write(to: URL(fileURLWithPath: file))
                try #require(truncate(file, off_t(Newcomers.sizeLimit) + 1) == 0)
            case .noFile: try #require(mkdir(file, 0o700) == 0)
            case .loop: try #require(symlink("registered.json", file) == 0)
            }
        }
    }

    @Test("N10: a file that can't be read takes no doubt away", arguments: Damage.allCases)
    private func unreadable(_ damage: Damage) throws {
        let schools = try TestSchools(settings: Self.settings())
        try schools.register(Self.row(20).text, as: Self.row(20).file)
        let hosts = Self.devices(schools).hosts
        let known = try #require(hosts.first { $0.name.description == "pc10" })
        let new = try #require(hosts.first { $0.name.description == "pc20" })
        #expect(schools.newcomers.doubt(about: new) != nil && schools.newcomers.doubt(about: known) == nil)
        try damage.done(to: schools.newcomers.file)
        // This process knows who waited.
        #expect(schools.newcomers.doubt(about: new) != nil && schools.newcomers.doubt(about: known) == nil)
        #expect(schools.newcomers.fault != nil)
        // The next one knows nothing, but of an import since.
        let next = Newcomers(state: schools.base, root: "\(schools.base)/linbo")
        #expect(next.fault != nil && next.doubt(about: new) != nil && next.doubt(about: known) != nil)
        let menus = "\(schools.base)/linbo/boot/grub/hostcfg"
        try FileManager.default.createDirectory(atPath: menus, withIntermediateDirectories: true)
        try #require(symlink("../win11.cfg", "\(menus)/pc10.cfg") == 0)
        #expect(next.doubt(about: known) == nil && next.doubt(about: new) != nil)
        #expect(throws: Refusal.self) { try schools.registrar.admit(fileName: "pc24.new", by: TestSchools.client) }
        try FileManager.default.removeItem(atPath: schools.newcomers.file)
        #expect(next.fault == nil && next.doubt(about: new) == nil)
    }
}
