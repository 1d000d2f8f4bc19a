import CommandLineKit
import Testing

@Suite struct TableLayoutTests {
    private static let rows = [
        ["1", "images/win11/win11.qcow2", "as a long remark that goes on and on"], ["22", "x", ""],
    ]

    @Test("on a terminal cells go on in the next line, and no word is broken") func narrow() {
        let table = Output.table(["n", "path", "remark"], Self.rows, width: 50)
        #expect(
            table == """
                n   path                      remark
                1   images/win11/win11.qcow2  as a long remark
                                              that goes on and on
                22  x
                """, "\(table)")
        let tiny = Output.table(["n", "path", "remark"], Self.rows, width: 10)
        #expect(tiny.contains("images/win11/win11.qcow2"))
    }

    @Test("for a program rows are whole") func wide() {
        #expect(Output.table(["n", "path", "remark"], Self.rows, width: nil).split(separator: "\n").count == 3)
    }
}
