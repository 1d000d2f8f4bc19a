import Testing

@testable import LinboModel

@Suite("devices.csv")
struct DevicesTests {
    @Test func allColumns() throws {
        let devices = try Samples.load(Samples.devices)
        #expect(devices.problems.isEmpty && devices.hosts.count == 3)
        let host = try some(devices.host(at: some(IPAddress("10.0.0.1"))))
        #expect(host.name.description == "pc01" && host.room == "r100" && host.group.text == "win10")
        #expect(host.officeKey == nil && host.windowsKey?.text == "BCDFG-HJKMP-QRTVW-XY234-6789N")
        #expect(host.role == "classroom-studentcomputer" && host.pxe == 1 && host.comment == "next to the door")
        #expect(host.source == SourceLocation(file: "devices.csv", line: 2))
        let other = try some(devices.host(mac: some(MACAddress("00:11:22:33:44:02"))))
        #expect(other.address == nil && other.officeKey?.text == "VK7JG-BCDFG-HJKMP-QRTVW-XY234")
        #expect(other.dhcpOptions == [#"filename "x""#, "next-server y"])
        #expect(devices.hosts(inGroup: try some(GroupName("ubuntu.22"))).map { $0.name.description } == ["PC-X"])
        #expect(devices.hosts(inRoom: "r100").count == 2)
    }

    @Test(
        "CRLF, byte order mark, Latin-1",
        arguments: [
            Samples.bytes("Büro;pc1;g;00:11:22:33:44:01;10.0.0.1\r\n"),
            [0xEF, 0xBB, 0xBF] + Samples.bytes("Büro;pc1;g;00:11:22:33:44:01;10.0.0.1\n"),
            [0x42, 0xFC] + Samples.bytes("ro;pc1;g;00:11:22:33:44:01;10.0.0.1\r\n"),
            Samples.bytes("Büro ; pc1 ;g;00:11:22:33:44:01; 10.0.0.1\t"),
        ])
    func encodings(_ bytes: [UInt8]) throws {
        let devices = try Samples.load(bytes)
        #expect(devices.problems.isEmpty)
        #expect(devices.host(at: try some(IPAddress("10.0.0.1")))?.room == "Büro")
    }

    @Test(
        "A row counts if it starts with a letter or digit",
        arguments: [
            ("#", 0), (" ", 0), (";", 0), ("", 1), ("1", 1), ("Ü", 1), ("-", 0), ("\"", 0), ("\t", 0), ("// ", 0),
            ("  # ", 0),
        ])
    func comments(_ start: String, _ count: Int) throws {
        let devices = try Samples.load("\(start)r;pc1;g;00:11:22:33:44:01;10.0.0.1\n")
        #expect(devices.hosts.count == count)
        let isComment = start.contains("#") || start.contains("/")
        #expect(devices.problems.isEmpty == (count == 1 || isComment))
    }

    @Test(
        "a row that looks like a host and is none is told, with its line",
        arguments: ["  ", "\t", "\u{FEFF}", "\u{A0}", "\u{200B}", "'", "(alt) ", ";"])
    func strayRows(_ start: String) throws {
        let devices = try Samples.load(
            "r;pc1;g;00:11:22:33:44:01;10.0.0.1\n\(start)r;pc2;g;00:11:22:33:44:02;10.0.0.2\n(no host)\n;;;;\n")
        #expect(devices.hosts.count == 1 && devices.problems.map(\.location.line) == [2])
        #expect(devices.problems.allSatisfy { $0.severity == .warning && $0.what.contains("looks like a host") })
    }

    @Test("names that Windows can't have are told, of PCs that join the domain")
    func windowsNames() throws {
        let rows = ["raum101-lehrer-pc-neu;student", "10001;staff", "drucker-mit-langem-namen;printer", "pc01;student"]
        let text = rows.enumerated().map { number, row in
            let parts = row.split(separator: ";")
            let role = parts[1] == "printer" ? "printer" : "classroom-\(parts[1])computer"
            return "r;\(parts[0]);g;00:11:22:33:44:0\(number);10.0.0.\(number + 1);;;;\(role);;1\n"
        }.joined()
        let devices = try Samples.load(text)
        #expect(devices.problems.isEmpty && devices.unfitNames.map(\.location.line) == [1, 2])
        // The prefix of a school makes names long that are short in the file.
        let school = try Samples.load("r;pc01;g;00:11:22:33:44:01;10.0.0.1;;;;xcomputer;;1\n", school: "gymnasium-nord")
        #expect(school.unfitNames.count == 1)
    }

    @Test("a whole file in quotes") func quoted() throws {
        let devices = try Samples.load("\"r\";\"pc2\";\"g\";\"00:11:22:33:44:02\";\"10.0.0.2\"\n")
        #expect(devices.problems.contains { $0.fix.contains("without quotes") })
    }

    @Test("placeholders in columns that may be empty are no values", arguments: ["---", "-", "n/a", "N/A"])
    func placeholders(_ word: String) throws {
        let row = "r;pc1;g;00:11:22:33:44:01;10.0.0.1;\(word);\(word);\(word);\(word);;\(word);;;;\(word)\n"
        let host = try some(Samples.load(row).hosts.first)
        #expect(host.officeKey == nil && host.windowsKey == nil && host.role.isEmpty && host.pxe == 0)
        #expect(try Samples.load(row).problems.isEmpty)
    }

    @Test func otherSchools() throws {
        let row = "r1;pc1;g;00:11:22:33:44:01;10.0.0.1\n"
        let host = try some(Samples.load(row, school: "alpha").hosts.first)
        #expect(host.name.description == "alpha-pc1" && host.room == "alpha-r1" && host.group.text == "g")
        #expect(host.school.text == "alpha")
        #expect(try Samples.load(row, school: "with_underscore").problems.first?.location.column == 4)
    }

    @Test(
        "A wrong column leaves the row out, and only it",
        arguments: [
            ("r1;pc_1;g;00:11:22:33:44:01;10.0.0.1", 4), ("r1;pc1;g/h;00:11:22:33:44:01;10.0.0.1", 8),
            ("r1;pc1;g;00:11:22:33:44;10.0.0.1", 10), ("r1;pc1;g;00:11:22:33:44:01;10.0.0.256", 28),
            ("r1;pc1;g;00:11:22:33:44:01;fe80::1", 28), ("r1;pc1;g;00:11:22:33:44:01;0.0.0.0", 28),
            ("r1;pc1;g;00:11:22:33:44:01;239.0.0.1", 28), ("r1;pc1;g;00:11:22:33:44:01;", 28),
            ("rä;  pc_1;g;00:11:22:33:44:01;DHCP", 6), ("r\u{1B}[m;pc1;g;00:11:22:33:44:01;DHCP", 1), ("r1;pc1;g", nil),
        ] as [(String, Int?)])
    func badRow(_ row: String, _ column: Int?) throws {
        let devices = try Samples.load(
            "a;good;g;00:11:22:33:44:99;10.0.0.99\n\(row)\nb;fine;g;00:11:22:33:44:98;dhcp\n")
        #expect(devices.hosts.map { $0.name.description } == ["good", "fine"])
        let problem = try some(devices.problems.first)
        #expect(devices.problems.count == 1 && problem.severity == .leftOut && !problem.fix.isEmpty)
        #expect(problem.location == SourceLocation(file: "devices.csv", line: 2, column: column))
        #expect(!hasControlCharacter(problem.description))
    }

    @Test func allWrongColumnsOfARowAreTold() throws {
        #expect(try Samples.load("r;p_;g/;x;y\n").problems.compactMap { $0.location.column } == [3, 6, 9, 11])
    }

    @Test(
        "The host goes without a wrong value",
        arguments: [
            "BCDFG-HJKMP-QRTVW-XY234-6789A;;;;;1", ";BCDFG-HJKMP-QRTVW-XY234-67890;;;;1", ";;;;;10", ";;;;;-1",
            ";;;;;x",
            ";;;a\u{7F}b;;1", ";;;;;BCDFG-HJKMP-QRTVW-XY234-6789N",
        ])
    func badValue(_ rest: String) throws {
        let devices = try Samples.load("r;pc1;g;00:11:22:33:44:01;10.0.0.1;\(rest)\n")
        let host = try some(devices.hosts.first)
        #expect(devices.problems.count == 1 && host.officeKey == nil && host.windowsKey == nil && host.role.isEmpty)
        #expect(host.pxe == (rest.hasSuffix(";1") ? 1 : 0))
        #expect(!devices.problems.description.contains("HJKMP"))
    }

    @Test(
        "A key in a wrong column is not shown either",
        arguments: [
            "r;BCDFG-HJKMP-QRTVW-XY234-6789N-;g;00:11:22:33:44:01;DHCP",
            "r;pc1;g;00:11:22:33:44:01;BCDFG-HJKMP-QRTVW-XY234",
        ])
    func slippedKey(_ row: String) throws {
        let problems = try Samples.load(row).problems
        #expect(problems.count == 1 && !problems.description.contains("HJKMP"))
    }

    @Test func manyHosts() throws {
        let devices = try Samples.load(Samples.bytes((0..<5_000).map { Self.row($0) }.joined()))
        #expect(devices.hosts.count == 5_000 && devices.problems.isEmpty)
    }

    static func row(_ number: Int) -> String {
        let (high, low) = (number / 250, number % 250 + 1)
        let mac = try? some(MACAddress(bytes: [0, 1, 2, 3, UInt8(number >> 8), UInt8(number & 255)]))
        return "room\(number / 30);pc\(number);win10;\(mac?.description ?? "");10.1.\(high).\(low);;"
            + "BCDFG-HJKMP-QRTVW-XY234-6789N;;classroom-studentcomputer;;1;;;;comment\n"
    }
}
