import Foundation
import Testing

/// The files of `linboctl dhcp`, in the real servers.
@Suite struct DHCPTests {
    private static let rows = """
        r1;pc01;win11;52:54:00:00:00:01;10.78.0.11;;;;student;;1
        r1;printer;win11;52:54:00:00:00:02;10.78.0.12;;;;printer;;0
        r1;pc03;2024;52:54:00:00:00:03;DHCP;;;filename "boot/grub/hostcfg/pc03.img", option root-path "/a b";student;;1
        r1;101;1;52:54:00:00:00:04;10.78.0.14;;;option nis-domain other;student;;1

        """

    /// A PC that asks, and what it is to be told.
    private struct Question: CustomStringConvertible {
        let mac: Int
        let architecture: String?
        var file: String?
        var group: String?
        var name: String?
        var address: String?

        var description: String { "52:54:00:00:00:0\(mac) \(architecture ?? "-")" }
    }

    private static let core0 = "boot/grub/i386-pc/core.0"
    private static let core64 = "boot/grub/x86_64-efi/core.efi"

    private static let questions =
        [
            (nil, core0), ("0000", core0), ("0006", "boot/grub/i386-efi/core.efi"), ("0007", core64), ("0009", core64),
            ("000b", "boot/grub/arm64-efi/core.efi"), ("000a", core0), ("0010", nil),
        ].map { architecture, file in
            Question(
                mac: 1, architecture: architecture, file: file, group: "win11", name: "pc01", address: "10.78.0.11")
        } + [
            Question(mac: 2, architecture: "0000", name: "printer", address: "10.78.0.12"),
            Question(mac: 2, architecture: "0007", name: "printer", address: "10.78.0.12"),
            Question(mac: 3, architecture: "0000", file: "boot/grub/hostcfg/pc03.img", group: "2024", name: "pc03"),
            Question(mac: 3, architecture: "0007", file: "boot/grub/hostcfg/pc03.img", group: "2024", name: "pc03"),
            Question(mac: 4, architecture: "0007", file: core64, group: "1", name: "101", address: "10.78.0.14"),
            Question(mac: 5, architecture: "0007", file: core64, group: "a.b_c", name: "gym-pc01"),
            Question(mac: 9, architecture: "0000", file: core0), Question(mac: 9, architecture: "0007", file: core64),
        ]

    @Test(
        .enabled(if: Namespace.isRoot, "needs a network namespace: not root"), arguments: DHCPLab.Kind.allCases)
    func eachHostIsToldItsNameGroupAndBootFile(_ kind: DHCPLab.Kind) async throws {
        try await DHCPLab.open(kind, rows: Self.rows) { lab async throws in
            try lab.write("r1;pc01;a.b_c;52:54:00:00:00:05;DHCP;;;;student;;1\n", to: "schools/gym/gym.devices.csv")
            let applied = try await lab.linboctl("apply")
            try #require(applied.status == 0, "\(applied)")
            try await lab.serving { pc async throws in
                for question in Self.questions {
                    let mac = "52:54:00:00:00:0\(question.mac)"
                    let answer = try await lab.ask(pc, mac: mac, architecture: question.architecture)
                    #expect(answer["boot_file"] == question.file, "\(question): \(answer)")
                    if question.file != nil { #expect(answer["siaddr"] == DHCPLab.server, "\(question)") }
                    #expect(answer["hostname"] == question.name, "\(question)")
                    if let address = question.address { #expect(answer["ip"] == address, "\(question)") }
                    let group = question.group
                    #expect(
                        answer["opt18"] == group.map { $0.utf8.map { String($0, radix: 16) }.joined() }, "\(question)")
                    #expect(answer["nisdomain"] == (question.mac == 4 ? "other" : group), "\(question)")
                    #expect(answer["rootpath"] == (question.mac == 3 && kind != .isc ? "/a b" : nil), "\(question)")
                    #expect(answer["serverid"] == DHCPLab.server, "\(question)")
                }
            }
        }
    }

    @Test(arguments: DHCPLab.Kind.allCases) func serversTakeHTTPBootWhenItIsOn(_ kind: DHCPLab.Kind) async throws {
        try await DHCPLab.open(kind, rows: Self.rows, settings: "  http-boot: http://10.78.0.1") { lab async throws in
            let checked = try await lab.linboctl("check")
            #expect(checked.status == 0, "\(checked)")
            #expect(checked.output.contains("takes it: 4 hosts"))
        }
    }

    @Test(arguments: DHCPLab.Kind.allCases) func applyShowsAndWritesWhatChanges(_ kind: DHCPLab.Kind) async throws {
        let settings = "  reload: [touch, {directory}/reloaded]"
        try await DHCPLab.open(kind, rows: Self.rows, settings: settings) { lab async throws in
            let dry = try await lab.linboctl("apply", "--dry-run")
            #expect(dry.status == 0 && dry.output.contains("+") && dry.output.contains("--dry-run"), "\(dry)")
            #expect(throws: (any Error).self) { try lab.read("linbo.conf") }
            #expect(try await lab.linboctl("apply").status == 0)
            let file = try lab.read("linbo.conf")
            #expect(try await lab.linboctl("render").output == file)
            #expect(try lab.read("reloaded").isEmpty)
            try FileManager.default.removeItem(atPath: lab.directory.path + "/reloaded")

            let again = try await lab.linboctl("apply")
            #expect(again.status == 0 && again.output.contains("nothing changes; unchanged"), "\(again)")
            #expect(throws: (any Error).self) { try lab.read("reloaded") }

            try lab.write(
                Self.rows.replacingOccurrences(of: "10.78.0.11", with: "10.78.0.21"),
                to: "schools/default-school/devices.csv")
            let moved = try await lab.linboctl("apply")
            #expect(moved.output.contains("entries: 1 changed; written"), "\(moved)")
            #expect(moved.output.contains("10.78.0.21"))
            #expect(try lab.read("linbo.conf") == file.replacingOccurrences(of: "10.78.0.11", with: "10.78.0.21"))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: lab.directory.path).filter { $0.hasPrefix(".") }
                    == [])
        }
    }

    @Test(arguments: DHCPLab.Kind.allCases) func aFailingReloadBringsTheOldFileBack(_ kind: DHCPLab.Kind) async throws {
        try await DHCPLab.open(kind, rows: Self.rows, settings: "  reload: [\"false\"]") { lab async throws in
            let first = try await lab.linboctl("apply")
            #expect(first.status == 1 && first.errors.contains("`false` failed"), "\(first)")
            #expect(throws: (any Error).self) { try lab.read("linbo.conf") }
            try lab.write("# old\n", to: "linbo.conf")
            #expect(try await lab.linboctl("apply").status == 1)
            #expect(try lab.read("linbo.conf") == "# old\n")
        }
    }

    /// What our own parser of column 7 lets pass, as the admin's dhcpd.conf may define it.
    @Test func whatTheServerDoesNotTakeNeverGoesLive() async throws {
        let rows = Self.rows + "r1;pc07;win11;52:54:00:00:00:07;DHCP;;;option no-such-option 5;student;;1\n"
        try await DHCPLab.open(.isc, rows: rows) { lab async throws in
            try lab.write("# old\n", to: "linbo.conf")
            for verb in ["check", "apply"] {
                let result = try await lab.linboctl(verb)
                #expect(result.status == 1, "\(result)")
                #expect(result.errors.contains("does not take it"))
                #expect(result.errors.contains("\(lab.file):"), "\(result)")
                #expect(result.errors.contains("schools/default-school/devices.csv:5"), "\(result)")
            }
            #expect(try lab.read("linbo.conf") == "# old\n")
        }
    }

    @Test func theServersOwnConfigurationIsCheckedWithIt() async throws {
        let settings = "  main: {directory}/dhcpd.conf"
        let rows = Self.rows + "r1;pc07;win11;52:54:00:00:00:07;DHCP;;;option my-own 5;student;;1\n"
        try await DHCPLab.open(.isc, rows: rows, settings: settings) { lab async throws in
            try lab.write("authoritative;\n", to: "dhcpd.conf")
            let forgotten = try await lab.linboctl("apply")
            #expect(forgotten.errors.contains("does not include"), "\(forgotten)")
            #expect(forgotten.errors.contains("include \"\(lab.file)\";"))
            try lab.write("option my-own code 200 = integer 8;\ninclude \"\(lab.file)\";\n", to: "dhcpd.conf")
            let applied = try await lab.linboctl("apply")
            #expect(applied.status == 0, "\(applied)")
        }
    }

    @Test func withoutHostsOrServerNothingIsWritten() async throws {
        try await DHCPLab.open(.isc, rows: "") { lab async throws in
            let result = try await lab.linboctl("apply")
            #expect(result.status == 1 && result.errors.contains("nothing is made of nothing"), "\(result)")
        }
        try await DHCPLab.open(.kea, rows: Self.rows, settings: "  checker: /nowhere/kea-dhcp4") { lab async throws in
            let result = try await lab.linboctl("apply")
            #expect(result.status == 1 && result.errors.contains("kea-dhcp4-server"), "\(result)")
            #expect(throws: (any Error).self) { try lab.read("linbo.conf") }
        }
        try await DHCPLab.open(.isc, rows: Self.rows, settings: "  sever: isc") { lab async throws in
            #expect(try await lab.linboctl("render").errors.contains("did you mean 'server'?"))
        }
    }
}
