import FuzzKit
import Testing

@testable import Macct

@Suite struct LDIFTests {
    private func records(_ text: String) throws(LDIFReader.Failure) -> [[LDIFReader.Line]] {
        try LDIFReader.records(Array(text.utf8))
    }

    @Test func foldedLinesCommentsAndBase64() throws {
        let read = try records("# a\n  comment\ndn:: Q049w6Q=\ncn: a\n  b\n\n\nx: y\n# end")
        #expect(read.map { $0.map(\.name) } == [["dn", "cn"], ["x"]])
        #expect(read[0].map(\.text) == ["CN=ä", "a b"])
        #expect(read[0].map(\.number) == [3, 4])
    }

    @Test(arguments: ["x:< file:///etc/passwd", "no colon", ": x", " x", "x:: A", "1x: y", "x;binary: y", "x\u{0}: y"])
    func refused(_ text: String) {
        #expect(throws: LDIFReader.Failure.self) { try records(text) }
    }

    /// A value of any kind is one line, and comes back as it was.
    @Test(arguments: [
        "", "a", " a", "a ", ":a", "<a", "a\nchangetype: delete", "a\r", "ä", "CN=a\\, b,DC=x", "a\u{0}b",
    ])
    func writtenValuesAreOneLine(_ value: String) throws {
        var writer = LDIFWriter()
        writer.line("dn", value)
        let bytes = writer.takeBytes()
        #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 1)
        let read = try LDIFReader.records(bytes)
        #expect(read.map { $0.map(\.text) } == [[value]])
    }

    @Test func fuzz() {
        var fuzz = Fuzz("ldif", texts: [Samples.printed("PC01"), "a:: QUJD\nb: c\n d\n-\n"], spice: ":<- =#\n")
        for _ in 0..<2000 {
            let bytes = fuzz.next()
            guard let records = try? LDIFReader.records(bytes) else { continue }
            for line in records.joined() where !line.isDash {
                var writer = LDIFWriter()
                writer.line(line.name, secret: line.value)
                let again = try? LDIFReader.records(writer.takeBytes())
                #expect(again?.first?.first?.value == line.value)
            }
            _ = records.compactMap { ADAccount($0) }
        }
    }
}

@Suite struct LDAPFilterTests {
    @Test(arguments: [
        ("PC01$", "PC01$"), ("*", "\\2a"), ("a)(x=*", "a\\29\\28x=\\2a"), ("a\\b", "a\\5cb"), ("ä", "\\c3\\a4"),
        ("a\u{0}", "a\\00"), ("a\nb", "a\\0ab"),
    ])
    func valuesAreEscaped(_ value: String, _ escaped: String) {
        #expect(LDAPFilter.escaped(value) == escaped)
        #expect(LDAPFilter.accounts([value]) == "(sAMAccountName=\(escaped))")
    }

    @Test func manyNames() {
        #expect(LDAPFilter.accounts(["A$", "B$"]) == "(|(sAMAccountName=A$)(sAMAccountName=B$))")
    }
}
