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

    @Test("colours are the table's own: what stands in a cell brings none") func colours() {
        let rows = [["\u{1B}[31mx", "a\nb"], ["y", "long words that go on"]]
        let table = Output.table(["n", "what"], rows, width: 16, hasColour: true, isBad: { $0 == 1 })
        #expect(
            table == """
                \u{1B}[1mn       what\u{1B}[0m
                ?[31mx  a?b
                \u{1B}[31my       long
                        words
                        that go
                        on\u{1B}[0m
                """, "\(table)")
        #expect(
            !Output.table(["n", "what"], rows, width: nil, hasColour: false, isBad: { _ in true }).contains("\u{1B}"))
    }

    @Test("for a program rows are whole") func wide() {
        #expect(Output.table(["n", "path", "remark"], Self.rows, width: nil).split(separator: "\n").count == 3)
    }
}
