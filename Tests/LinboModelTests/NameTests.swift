import Testing

@testable import LinboModel

@Suite("Names and keys")
struct NameTests {
    @Test(arguments: ["a", "pc01", "R100-PC01", "1pc", String(repeating: "x", count: 63)])
    func hostName(_ text: String) throws {
        #expect(try some(HostName(text)).description == text)
    }

    @Test(arguments: ["", "-a", "a-", "a_b", "a.b", "a b", "pc/1", "pcü", "pc\0", String(repeating: "x", count: 64)])
    func noHostName(_ text: String) {
        #expect(HostName(text) == nil)
    }

    @Test func hostNamesIgnoreCase() {
        #expect(HostName("PC01") == HostName("pc01"))
        #expect(Set([HostName("PC01"), HostName("pc01"), HostName("pc1")]).count == 2)
    }

    @Test("defect 30: a group keeps its dots", arguments: ["win10", "ubuntu.22.04", "a_b-c", "1"])
    func group(_ text: String) throws {
        #expect(try some(GroupName(text)).text == text)
    }

    @Test(arguments: ["", ".a", "..", "a/b", "a b", "a|b", "grün", "a\n", String(repeating: "x", count: 65)])
    func noGroup(_ text: String) {
        #expect(GroupName(text) == nil)
    }

    @Test func roomsHaveLettersOfAnyScript() {
        #expect(RoomName("Bücherei")?.text == "Bücherei")
        #expect(RoomName("a/b") == nil)
        #expect(RoomName(".a") == nil)
        #expect(SchoolName("default-school") == .default)
        #expect(SchoolName.default.prefix.isEmpty)
        #expect(SchoolName("alpha")?.prefix == "alpha-")
    }

    static let key = "BCDFG-HJKMP-QRTVW-XY234-6789N"

    @Test func productKeyIsUpperCasedAndHidden() throws {
        let key = try ProductKey(Self.key.lowercased())
        #expect(key.text == Self.key)
        var dumped = ""
        dump(key, to: &dumped)
        for shown in ["\(key)", String(reflecting: key), dumped, "\([key])"] { #expect(!shown.contains("BCDFG")) }
    }

    @Test(arguments: [
        ("", ProductKeyError.shape), ("BCDFG", .shape), ("BCDFG-HJKMP-QRTVW-XY234-6789", .shape),
        ("BCDFGHJKMPQRTVWXY2346789NBCDF", .shape), ("ACDFG-HJKMP-QRTVW-XY234-6789N", .character(position: 1)),
        ("BCDFG-HJKMP-QRTVW-XY230-6789N", .character(position: 23)), ("NCDFG-HJKMP-QRTVW-XY234-6789N", .severalN),
        ("BCDFG-HJKMP-QRTVW-XY234-678ßN", .shape),
    ])
    func noProductKey(_ text: String, _ error: ProductKeyError) {
        #expect(throws: error) { try ProductKey(text) }
        #expect(text.isEmpty || !error.description.contains(text))
    }

    @Test(arguments: [
        ("snyc", "sync"), ("Sync", "sync"), ("creat_image", "create_image"), ("xyz", nil), ("", nil),
        ("strat", "start"),
    ])
    func nearest(_ word: String, _ expected: String?) {
        #expect(nearestWord(to: word, in: ["sync", "start", "create_image"]) == expected)
    }

    @Test func problemDescription() {
        let location = SourceLocation(file: "a.csv", line: 3, column: 5)
        #expect(Problem(location: location, what: "x", fix: "y").description == "a.csv:3:5: x; y")
        #expect(SourceLocation(file: "a.csv", line: 3).description == "a.csv:3")
    }

    @Test func problemsAreLimited() {
        var list = ProblemList(file: "a")
        for line in 1...1_000 { list.add(line: line, "x\(line)", fix: "y\(line)") }
        #expect(list.problems.count == ProblemList.limit + 1)
        #expect(list.problems.last?.what == "800 more problems follow")
    }

    @Test("many of one kind are a few and a count, and hide no other")
    func problemsOfOneKind() {
        var list = ProblemList(file: "a")
        for line in 1...400 { list.add(line: line, "x\(line)", fix: "y") }
        list.add(line: 401, "bad", fix: "z")
        list.add(line: 402, "x402", fix: "y", severity: .warning)
        #expect(
            list.problems.map(\.what) == [
                "x1", "x2", "x3", "397 more of this kind, in lines 4, 5, 6, 7, 8, 9, 10, 11, …", "bad", "x402",
            ])
        #expect(list.problems[3].location.line == 4 && list.problems[4].location.line == 401)
    }
}
