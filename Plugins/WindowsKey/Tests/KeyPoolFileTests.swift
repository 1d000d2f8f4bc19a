import LinboModel
import Testing

@testable import WindowsKey

@Suite struct KeyPoolFileTests {
    @Test func readsAllThatIsAllowed() {
        let text = """
            # keys of the school\r
            \r
            windows;\(Sample.first);50;comment; with; semicolons\r
              Office ; \(Sample.office.lowercased()) ; 1
            windows;\(Sample.second);2
            """
        let file = KeyPoolFile(parsing: [0xEF, 0xBB, 0xBF] + bytes(text), file: "pool")
        #expect(file.problems.isEmpty)
        #expect(file.entries.map(\.product) == [.windows, .office, .windows])
        #expect(file.entries.map(\.key.text) == [Sample.first, Sample.office, Sample.second])
        #expect(file.entries.map(\.activations) == [50, 1, 2])
        #expect(file.entries.map(\.line) == [3, 4, 5])
    }

    @Test(arguments: [
        ("windows", 1, "a line of 1 columns"),
        ("  windows;\(Sample.first)", 3, "a line of 2 columns"),
        ("\(Sample.first);windows;1", 1, "unknown product"),
        ("windows;;1", 9, "a product key is five groups"),
        ("windows;QQQQQ-RRRRR-TTTTT-VVVVV-WWWWE;1", 37, "character 29 of the product key"),
        ("windows; AQQQQ-RRRRR-TTTTT-VVVVV-WWWWW;1", 10, "character 1 of the product key"),
        ("windows;NNQQQ-RRRRR-TTTTT-VVVVV-WWWWW;1", 9, "at most one N"),
        ("windows;\(Sample.first);0", 39, "the number of activations"),
        ("windows;\(Sample.first);-1", 39, "the number of activations"),
        ("windows;\(Sample.first);many", 39, "the number of activations"),
        ("windows;\(Sample.first);99999999999999999999", 39, "the number of activations"),
    ])
    func aBrokenLineIsToldAndTheRestLoads(_ line: String, _ column: Int, _ what: String) throws {
        let file = KeyPoolFile(parsing: bytes("\(line)\nwindows;\(Sample.second);1\n"), file: "/etc/pool")
        #expect(file.entries.map(\.key.text) == [Sample.second])
        let problem = try #require(file.problems.first)
        #expect(file.problems.count == 1 && problem.what.contains(what) && !problem.fix.isEmpty)
        #expect(problem.location == SourceLocation(file: "/etc/pool", line: 1, column: column))
        #expect(!holdsKey("\(problem)"))
    }

    @Test func aKeyThatStandsTwiceIsAProblem() {
        let text = "windows;\(Sample.first);1\n\noffice;\(Sample.first.lowercased());5\n"
        let file = KeyPoolFile(parsing: bytes(text), file: "pool")
        #expect(file.entries.map(\.activations) == [1])
        #expect(
            file.problems.map(\.description)
                == ["pool:3: this key stands in line 1 already; keep one of them"])
    }

    @Test func garbageDoesNotFillMemory() {
        let file = KeyPoolFile(parsing: bytes(String(repeating: "x\n", count: 1000)), file: "pool")
        #expect(file.problems.count == KeyPoolFile.problemLimit)
    }
}
