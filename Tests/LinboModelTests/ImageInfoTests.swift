import Testing

@testable import LinboModel

@Suite(".info and setup.ini")
struct ImageInfoTests {
    private func parse(_ text: String) throws -> ImageInfo {
        try ImageInfo(parsing: Samples.bytes(text), file: "x.info")
    }

    @Test func values() throws {
        let info = try parse(Samples.info)
        #expect(info.name == "win10.qcow2" && info.image == "win10.qcow2" && info.timestamp == "202605040730")
        #expect(info.imageSize == 12_345_678_901 && info.partition == "/dev/sda3" && info.partitionSize == 52_428_800)
        #expect(info.backingFileTimestamp == nil)
    }

    @Test("Made by the server, without quotes in the first line")
    func serverMade() throws {
        let info = try parse(
            "[a.iso Info File]\r\ntimestamp=202605040730\r\nimage=\"a.iso\"\r\nimagesize=\"1\"\r\nbackingfile_timestamp=\"202601010000\""
        )
        #expect(info.name == "a.iso" && info.partition == nil && info.backingFileTimestamp == "202601010000")
    }

    @Test(arguments: [
        ("", 1), ("timestamp=\"202605040730\"\n", 1), ("[\"../x\" Info File]\n", 1), ("[\"x\" Info File]\n", 1),
        ("[\"x\" Info File]\ntimestamp=\"202613040730\"\nimage=\"x\"\nimagesize=\"1\"\n", 2),
        ("[\"x\" Info File]\ntimestamp=\"202605040730\"\nimage=\"a/b\"\nimagesize=\"1\"\n", 3),
        ("[\"x\" Info File]\ntimestamp=\"202605040730\"\nimage=\"x\"\nimagesize=\"-1\"\n", 4),
        ("[\"x\" Info File]\ntimestamp=\"202605040730\"\nimage=\"x\"\nimagesize=\"99999999999999999999\"\n", 4),
        ("[\"x\" Info File]\ntimestamp=\"202605040730\"\nimage=\"x\"\nimage=\"y\"\nimagesize=\"1\"\n", 4),
        ("[\"x\" Info File]\njunk\n", 2), (String(repeating: "x", count: 70_000), 1),
    ])
    func refuses(_ text: String, _ line: Int) throws {
        let problem = try some(#expect(throws: Problem.self) { try parse(text) })
        #expect(problem.location.line == line, "\(problem)")
    }

    @Test func setup() {
        let setup = SetupIni(parsing: Samples.bytes(Samples.setup), file: "setup.ini")
        #expect(setup.serverip == IPAddress("10.0.0.1") && setup.domainname == "linuxmuster.lan")
        #expect(setup.sambadomain == "LINUXMUSTER" && setup.basedn == "DC=linuxmuster,DC=lan" && setup.problems.isEmpty)
        #expect(setup.values["adminpw"] == nil, "no password is kept")
    }

    @Test func setupOddities() {
        let setup = SetupIni(
            parsing: Samples.bytes("\u{FEFF}[a]\r\nX = 1\r\n; c\r\nx: 2\r\njunk\r\nserverip = 1.2.3\r\n"),
            file: "setup.ini")
        #expect(setup.values["x"] == "2" && setup.serverip == nil && setup.sambadomain == nil)
        #expect(setup.problems.map { $0.location.line } == [5])
    }
}
