import Foundation
import HookHost
import HookStore
import LinboModel
import Testing

/// `linbo_register`: a row as `<host>.new`, by a stock rsync (docs/linbo.md#new-hosts).
@Suite struct HostRegistrationTests {
    /// The options of `linbo_register`.
    private static let options = [Flags.skip, "--progress", "-HaP"]

    private static func row(_ host: String, mac: String = "52:54:00:99:00:01", address: String = "10.0.9.1") -> String {
        "r109;\(host);win11;\(mac);\(address);;;;classroom-studentcomputer;;1\n"
    }

    private static func register(_ school: School, _ host: String, _ text: String, as number: Int) async throws
        -> CommandResult
    {
        try school.write(text, to: "outbox/\(host).new")
        return try await school.push("\(host).new", to: "\(host).new", as: number, options: Self.options)
    }

    @Test func aNewHostIsKnownAtOnce() async throws {
        try await School.open(.withUploads()) { school async throws in
            let before = try school.read("schools/default-school/devices.csv")
            let result = try await Self.register(
                school, "pc99", Self.row("pc99"), as: 219)
            #expect(result.status == 0, "\(result)")
            let after = before + Self.row("pc99")
            try await eventually("the row is there") {
                try school.read("schools/default-school/devices.csv") == after
            }
            let pulled = try await school.pull("last_registered", as: 1, options: Flags.download)
            #expect(pulled.status == 0)
            #expect(try school.received("last_registered", by: 1) == Self.row("pc99"))
            let events = try await school.linboctl("events", "--once", "--json")
            #expect(events.output.contains("registered") && events.output.contains("pc99"), "\(events)")
            #expect(!school.exists("srv/pc99.new"))
        }
    }

    @Test("a new group gets a copy of start.conf, if the school wants that; else the row is refused")
    func newGroup() async throws {
        for wants in [true, false] {
            var options = School.Options.withUploads()
            options.extra += "registration: {new-groups: \(wants)}\n"
            try await School.open(options) { school async throws in
                try school.write("[LINBO]\n[OS]\nName = default\n", to: "srv/start.conf")
                let text = Self.row("pc99").replacing(";win11;", with: ";neu;")
                #expect(try await Self.register(school, "pc99", text, as: 219).status == 0)
                try await eventually("it is decided") {
                    try school.read("schools/default-school/devices.csv").contains("pc99") == wants
                        && (wants || !school.internalNames(in: "uploads/quarantine").isEmpty)
                }
                try await eventually("the group is there, or not") { school.exists("srv/start.conf.neu") == wants }
                if wants { #expect(try school.read("srv/start.conf.neu").contains("Name = default")) }
            }
        }
    }

    @Test("defect 32: who is known already is told so before a byte is sent")
    func known() async throws {
        try await School.open(.withUploads()) { school async throws in
            let before = try school.read("schools/default-school/devices.csv")
            let result = try await Self.register(school, "pc01", Self.row("pc01"), as: 219)
            #expect(result.status != 0 && "\(result)".contains("pc01 is registered already"), "\(result)")
            #expect(try school.read("schools/default-school/devices.csv") == before)
        }
    }

    @Test(
        "defect 32: a row that is not one inert row of one new host is kept aside, with the reason",
        arguments: [
            row("pc98") + row("pc97", mac: "52:54:00:99:00:02", address: "10.0.9.2"),
            row("pc98", mac: "52:54:00:00:00:01"), row("pc98", address: "127.0.0.2"),
            row("pc98").replacing("win11", with: "no-such-group"), row("pc97"), "", "pc98",
            row("pc98").replacing("r109", with: "=cmd|' /C calc'!A0"), row("pc98").replacing("r109", with: "a\"b"),
        ])
    func refused(_ text: String) async throws {
        try await School.open(.withUploads()) { school async throws in
            let before = try school.read("schools/default-school/devices.csv")
            _ = try await Self.register(school, "pc98", text, as: 219)
            try await eventually("it is told") {
                try await school.audit().contains { $0.outcome.rawValue == "refused" }
            }
            #expect(try school.read("schools/default-school/devices.csv") == before)
            #expect(!school.exists("srv/last_registered"))
            let listed = try await school.linboctl("images", "quarantine", "list")
            #expect(listed.output.contains("pc98.new"), "\(listed)")
        }
    }

    @Test("defect 32: a dry run registers nobody") func dryRun() async throws {
        try await School.open(.withUploads()) { school async throws in
            let before = try school.read("schools/default-school/devices.csv")
            try school.write(Self.row("pc98"), to: "outbox/pc98.new")
            let result = try await school.push(
                "pc98.new", to: "pc98.new", as: 219, options: Self.options + ["--dry-run"])
            #expect(result.status == 0, "\(result)")
            try await eventually("its end is told") {
                try await school.audit().contains { $0.path == "pc98.new" && $0.outcome.rawValue == "looked at" }
            }
            #expect(try school.read("schools/default-school/devices.csv") == before)
            #expect(!school.exists("srv/last_registered"))
        }
    }
}
