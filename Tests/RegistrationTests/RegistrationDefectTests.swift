import Foundation
import FuzzKit
import HookHost
import LinboModel
import Registration
import Testing

@Suite("Defect 32: rows of new hosts")
struct RegistrationDefectTests {
    /// Upstream greps the row as a pattern: what is a prefix or a part of another row, or a match, was dropped.
    @Test(
        "Names that are prefixes, parts or patterns of others are names of their own",
        arguments: [
            ("pc01", "pc01;grp"), ("pc1", "pc10"), ("pc0-", "pc01"), ("1", "pc10"), ("pc", "r-pc"),
        ])
    func prefixes(new: String, known: String) throws {
        let name = known.replacingOccurrences(of: ";grp", with: "x")
        let schools = try TestSchools(
            rows: "r1;\(name);win11;00:11:22:33:44:01;10.0.0.155;;;;classroom-studentcomputer;;1\n#r1;\(new);off\n")
        let host = new.hasSuffix("-") ? "\(new)1" : new
        try schools.register(row(host), as: "\(host).new")
        #expect(schools.text().hasSuffix("off\n\(row(host))"))
    }

    @Test("A regular expression is no name") func pattern() throws {
        let schools = try TestSchools()
        for name in ["pc1.", "pc1*", "pc[01]", ".*", "pc1\\0", "^pc10", "pc10$"] {
            #expect(throws: Refusal.self) {
                try schools.registrar.admit(fileName: "\(name).new", by: TestSchools.client)
            }
            #expect(throws: Refusal.self) { try schools.register(row(name), as: "\(name).new") }
        }
        #expect(schools.text() == TestSchools.rows)
    }

    @Test("The same MAC with another address is no second row") func sameMAC() throws {
        let schools = try TestSchools()
        let reason = try schools.refusal(row("pc55", mac: "00:11:22:33:44:10"), as: "pc55.new")
        #expect(reason.contains("00:11:22:33:44:10 is registered already, in"))
        #expect(reason.contains("devices.csv:2"))
    }

    @Test("A wrong row of devices.csv holds its name, too") func wrongRow() throws {
        let schools = try TestSchools(rows: "r1;pc55;win11;no-mac;10.0.0.77\nr1;bad_name;g;00:11:22:33:44:55;x\n")
        #expect(try schools.refusal(row("pc55", mac: "00:11:22:33:44:66"), as: "pc55.new").contains("devices.csv:1"))
        #expect(try schools.refusal(row("pc56"), as: "pc56.new").contains("devices.csv:2"))
        #expect(
            try schools.refusal(
                row("pc56", mac: "00:11:22:33:44:66", address: "10.0.0.77"), as: "pc56.new"
            ).contains("devices.csv:1"))
    }

    @Test("Several lines, or none, are no row") func lines() throws {
        let schools = try TestSchools()
        for text in [
            "", "\n", "\r\n", "\n\(row("pc55"))", row("pc55") + row("pc56"), row("pc55") + "\n", row("pc55") + "#",
            "r1;pc55;win11;00:11:22:33:44:55;10.0.0.55;;;;x;;1\rr1;pc56", "\u{FEFF}\(row("pc55"))",
            row("pc55").replacingOccurrences(of: "r102", with: "r\u{85}102"),
            row("pc55").replacingOccurrences(of: "r102", with: "r\u{2028}102"),
            row("pc55").replacingOccurrences(of: "r102", with: "r\0102"), String(repeating: "a", count: 5_000),
        ] {
            #expect(try schools.refusal(text, as: "pc55.new").hasPrefix("the row is not taken: "))
        }
    }

    @Test("No newline at the end, with and without one in the row") func newline() throws {
        for (end, sent) in [("", ""), ("", "\n"), ("", "\r\n"), ("\n", ""), ("\n", "\r\n")] {
            let schools = try TestSchools(rows: String(TestSchools.rows.dropLast()) + end)
            try schools.register(String(row("pc55").dropLast()) + sent, as: "pc55.new")
            #expect(schools.text() == TestSchools.rows + row("pc55"))
        }
    }

    @Test(
        "What a shell, a spreadsheet or a DHCP server would run is refused, in every column",
        arguments: [
            "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\"a", "'a", "$(id)", "`id`", "a|b", "a&b", "a,b", "\ta",
            "a\\n", "<b>",
            "}", "filename \"x\"", "../x", "é",
        ])
    func hostile(text: String) throws {
        let schools = try TestSchools()
        for column in 0..<16 {
            var columns = row("pc55").dropLast().split(separator: ";", omittingEmptySubsequences: false).map(
                String.init)
            columns += Array(repeating: "", count: 16 - columns.count)
            columns[column] = text
            let isComment = column == 14 && text == "a,b"  // a comma is no separator there
            if isComment { continue }
            let reason = try schools.refusal(columns.joined(separator: ";") + "\n", as: "pc55.new")
            #expect(reason.hasPrefix("the row is not taken: "), "\(column)")
        }
    }

    @Test("MACs and addresses that no card and no host has, roles and flags that are none") func values() throws {
        let schools = try TestSchools()
        for mac in [
            "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "0011.2233.4455", "00:11:22:33:44-55",
        ] {
            #expect(try schools.refusal(row("pc55", mac: mac), as: "pc55.new").contains("column 4: '\(mac)'"))
        }
        for address in [
            "10.0.0", "10.0.0.256", "010.0.0.1", "0.0.0.0", "127.0.0.1", "224.0.0.1", "fe80::1", "", "auto",
        ] {
            #expect(
                try schools.refusal(row("pc55", address: address), as: "pc55.new").contains("column 5: '\(address)'"))
        }
        for end in [";1", "X;;1", "x y;;1", "student;;", "student;;4", "student;;11", "student;;-1", "student;;0x1"] {
            let new = "r1;pc55;win11;00:11:22:33:44:55;DHCP;;;;\(end)\n"
            #expect(try schools.refusal(new, as: "pc55.new").contains("the row"), "\(end)")
        }
        let keys = "r1;pc55;win11;00:11:22:33:44:55;DHCP;BCDFG-HJKMP-QRTVW-XY234-6789B;;;student;;1"
        let reason = try schools.refusal(keys, as: "pc55.new")
        #expect(reason.contains("column 6 holds a product key"))
        #expect(!reason.contains("BCDFG"))
    }

    @Test("Whatever bytes come: the file is the old one, or that and one right row") func fuzz() throws {
        let samples = [
            row("pc55"), row("pc55", address: "DHCP").dropLast() + ";;;;a comment\r\n", row("gym-pc55", room: "gym-r1"),
        ]
        var fuzz = Fuzz("registration", texts: samples.map { String($0) }, spice: ";:.-=@+,pc1DHCP\"'$")
        var taken = 0
        let gym = "r9;pc09;win11;00:11:22:33:44:09;DHCP"
        let schools = try TestSchools(gym: gym)
        for _ in 0..<600 {
            let bytes = fuzz.next()
            let before = [schools.text(), schools.text(TestSchools.gymDevices)]
            let name = bytes.contains(UInt8(ascii: "g")) ? "gym-pc55.new" : "pc55.new"
            let isTaken = (try? schools.register(bytes, as: name)) != nil
            let after = [schools.text(), schools.text(TestSchools.gymDevices)]
            guard isTaken else {
                if before != after { Issue.record("changed by \(bytes)") }
                continue
            }
            taken += 1
            check(before: before, after: after, bytes)
            try schools.write(TestSchools.rows, to: TestSchools.devices)
            try schools.write(gym, to: TestSchools.gymDevices)
        }
        #expect(taken > 0)
    }

    private func check(before: [String], after: [String], _ bytes: [UInt8]) {
        let school = before[0] == after[0] ? 1 : 0
        let (old, new) = (before[school], after[school])
        let added = new.dropFirst(old.count).drop { $0 == "\n" }
        let parsed = Devices.parse(
            Array(added.utf8), file: "", school: school == 0 ? .default : SchoolName("gym") ?? .default)
        let isRow = new.hasPrefix(old) && added.hasSuffix("\n") && added.filter { $0.isNewline }.count == 1
        let isInert = added.allSatisfy { $0.isASCII && !"\"'=@+$`|\\\t".contains($0) }
        if !isRow || !isInert || parsed.hosts.count != 1 || !parsed.problems.isEmpty
            || before[1 - school] != after[1 - school]
        {
            Issue.record("\(bytes) made \(added.debugDescription)")
        }
    }
}
