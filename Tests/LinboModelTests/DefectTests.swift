import Testing

@testable import LinboModel

/// Upstream's defects that this model must not have, by their numbers: docs/linbo.md#defects-of-the-old-hooks.
@Suite("Defects")
struct DefectTests {
    private func host(_ name: String, in devices: Devices) throws -> Host? {
        devices.host(named: try some(HostName(name)))
    }

    @Test(
        "defect 10: what a shell would run in an .info is refused",
        arguments: [
            #"timestamp="$(id>/tmp/x)""#, "timestamp=\"`id`\"", #"timestamp="202605040730"; id"#, #"note="a"b""#,
            #"note="a\b""#,
        ])
    func evaluatedInfo(_ line: String) throws {
        let text = "[\"w.qcow2\" Info File]\n\(line)\nimage=\"w.qcow2\"\nimagesize=\"1\"\n"
        #expect(throws: Problem.self) { try ImageInfo(parsing: Samples.bytes(text), file: "w.info") }
    }

    @Test("defect 10: a start.conf's value is data, with a warning where the client's shell would act")
    func evaluatedStartConf() throws {
        let conf = StartConf(parsing: Samples.bytes("[LINBO]\nCache = $(reboot)\n"), file: "start.conf.x")
        #expect(conf.linbo.cache == "$(reboot)")
        #expect(conf.problems.map { $0.location.line } == [2])
    }

    @Test("defect 29: kernel options keep every '='", arguments: ["quiet dhcpretry=9", "root=LABEL=x ro", "a=b=c=d"])
    func kernelOptions(_ options: String) {
        let conf = StartConf(parsing: Samples.bytes("[LINBO]\nKernelOptions = \(options)\n"), file: "start.conf.x")
        #expect(conf.linbo.kernelOptions == options && conf.problems.isEmpty)
    }

    @Test("defect 30: '|' in kernel options is a character like any other")
    func bar() {
        let conf = StartConf(
            parsing: Samples.bytes("[LINBO]\nKernelOptions=a|b\nGroup=my.group\n"), file: "start.conf.x")
        #expect(conf.linbo.kernelOptions == "a|b" && conf.linbo.group?.text == "my.group")
    }

    @Test("defect 31: the domain comes from setup.ini as it stands there")
    func domain() throws {
        let setup = SetupIni(parsing: Samples.bytes(Samples.setup), file: "setup.ini")
        #expect(setup.sambadomain == "LINUXMUSTER")
    }

    @Test("defect 32: a name that is part of another, or a pattern of it, is another host")
    func parts() throws {
        let devices = try Samples.load(
            "r;pc01;grp;00:11:22:33:44:01;10.0.0.1\nr;pc011;grp;00:11:22:33:44:02;10.0.0.11\n"
                + "r;pc0;grp;00:11:22:33:44:03;10.0.0.111\n")
        #expect(devices.problems.isEmpty && devices.hosts.count == 3)
        #expect(try host("pc0", in: devices)?.address == IPAddress("10.0.0.111"))
        #expect(try host("pc", in: devices) == nil)
        #expect(HostName("pc0.") == nil)
        #expect(devices.host(at: try some(IPAddress("10.0.0.1")))?.name == HostName("pc01"))
        #expect(devices.hosts(inGroup: try some(GroupName("gr"))).isEmpty)
    }

    @Test("defect 32: one MAC with two addresses is an error with both lines, and identifies nobody")
    func doubleMAC() throws {
        let devices = try Samples.load(
            "r;pc1;g;00:11:22:33:44:01;10.0.0.1\nr;pc2;g;00-11-22-33-44-01;10.0.0.2\nr;pc3;g;00:11:22:33:44:03;10.0.0.3\n"
        )
        #expect(devices.hosts.count == 3)
        #expect(devices.host(mac: try some(MACAddress("00:11:22:33:44:01"))) == nil)
        #expect(devices.host(at: try some(IPAddress("10.0.0.2")))?.name == HostName("pc2"))
        #expect(devices.problems.map { $0.location.line } == [2])
        #expect(devices.problems.first?.what.contains("devices.csv:1") == true)
    }

    @Test("defect 32: a doubled address identifies nobody; a doubled name leaves both rows out")
    func doubleAddressAndName() throws {
        let addresses = try Samples.load("r;pc1;g;00:11:22:33:44:01;10.0.0.1\nr;pc2;g;00:11:22:33:44:02;10.0.0.1\n")
        #expect(addresses.host(at: try some(IPAddress("10.0.0.1"))) == nil)
        #expect(addresses.problems.count == 1)
        #expect(try host("pc1", in: addresses) != nil && host("pc2", in: addresses) != nil)
        let names = try Samples.load(
            "r;pc1;g;00:11:22:33:44:01;10.0.0.1\nr;PC1;g;00:11:22:33:44:02;10.0.0.2\nr;pc3;g;00:11:22:33:44:03;10.0.0.2\n"
        )
        #expect(names.hosts.map { $0.name.description } == ["pc3"] && names.problems.count == 2)
        #expect(names.host(at: try some(IPAddress("10.0.0.1"))) == nil)
        #expect(names.host(at: try some(IPAddress("10.0.0.2"))) == nil, "a row that was left out claims it too")
    }

    @Test func doublesOverSchools() throws {
        let first = try Samples.file(Samples.bytes("r;alpha-pc1;g;00:11:22:33:44:01;10.0.0.1\n"))
        let alpha = Devices.parse(
            Samples.bytes("r;pc1;g;00:11:22:33:44:02;10.0.0.2\n"), file: "alpha.csv",
            school: try some(SchoolName("alpha")))
        let devices = Devices([first, alpha])
        #expect(devices.hosts.isEmpty)
        #expect(devices.problems.map { $0.description.prefix(12) } == ["alpha.csv:1:"])
        #expect(devices.problems.first?.what.contains("devices.csv:1") == true)
    }

    @Test func aRowThatStandsTwiceIsToldOnce() throws {
        let row = "r;pc1;g;00:11:22:33:44:01;10.0.0.1\n"
        let devices = try Samples.load(row + row)
        #expect(devices.hosts.isEmpty && devices.problems.count == 1)
    }

    @Test("defect 33: pc01 is not r100-pc01, and other schools' hosts are found")
    func wordGrep() throws {
        let devices = try Samples.load(Samples.devices)
        #expect(try host("pc01", in: devices)?.windowsKey?.text == "BCDFG-HJKMP-QRTVW-XY234-6789N")
        #expect(try host("r100-pc01", in: devices)?.windowsKey == nil)
        let alpha = try Samples.load(Samples.devices, school: "alpha")
        #expect(try host("alpha-pc01", in: alpha)?.windowsKey != nil)
        #expect(try host("pc01", in: alpha) == nil)
    }

    @Test(
        "defect 41: the PXE flag is a number in its own column",
        arguments: [
            ("1pc", "0", false), ("2pc", "", false), ("pc", "10", false), ("pc", "1", true), ("pc", "2", true),
            ("pc", "3", false),
        ])
    func flag(_ name: String, _ flag: String, _ takes: Bool) throws {
        let devices = try Samples.load("r;\(name);g;00:11:22:33:44:01;10.0.0.1;;;;;;\(flag)\n")
        #expect(try some(devices.hosts.first).takesCommands == takes)
        #expect(devices.problems.count == (flag == "10" ? 1 : 0))
    }

    @Test("defect 41: no leading comma, no comma in a comment")
    func commas() throws {
        #expect(throws: LinboCommandError.self) { try LinboCommandList(parsing: ",noauto") }
        #expect(throws: LinboCommandError.self) { try LinboCommandList(parsing: #"create_image:1:"a,b""#) }
        #expect(try LinboCommandList(parsing: "noauto").text == "noauto")
    }
}
