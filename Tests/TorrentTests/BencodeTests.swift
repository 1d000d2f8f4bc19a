import Testing

@testable import Torrent

@Suite struct BencodeTests {
    private func parse(_ text: String) throws -> Bencode { try BencodeReader.parse(Array(text.utf8)) }

    @Test(arguments: [
        "i0e", "i-7e", "i9223372036854775807e", "0:", "4:spam", "le", "li1e1:ae", "de", "d1:ai1e1:bli2ed1:cleeee",
        "d0:0:1:a0:e",
    ])
    func whatIsTakenIsWrittenAlike(_ text: String) throws {
        #expect(String(decoding: try parse(text).encoded(), as: UTF8.self) == text)
    }

    @Test(arguments: [
        "", "i", "ie", "i-e", "i-0e", "i00e", "i01e", "i 1e", "i1", "i9223372036854775808e", "1", "1:", "01:a", "-1:a",
        "99999999999999999999:a", "9223372036854775807:a", "l", "li1e", "d", "d1:ae", "d1:a", "di1e1:ae",
        "d1:b0:1:a0:e",
        "d1:a0:1:a0:e", "e", "x", "i1ei2e", "4:spam ",
    ])
    func whatIsNotBencodeIsRefused(_ text: String) {
        #expect(throws: BencodeReader.Failure.self) { try parse(text) }
    }

    @Test func depthAndNumberOfValuesAreBounded() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "l", count: depth) + String(repeating: "e", count: depth)
        }
        _ = try parse(nested(BencodeReader.depthLimit))
        #expect(throws: BencodeReader.Failure.self) { try parse(nested(BencodeReader.depthLimit + 1)) }
        #expect(throws: BencodeReader.Failure.self) { try parse(String(repeating: "l", count: 1_000_000)) }
        #expect(throws: BencodeReader.Failure.self) {
            try parse("l" + String(repeating: "le", count: BencodeReader.valueLimit) + "e")
        }
    }

    @Test func aFailureNamesItsPlace() {
        #expect(throws: BencodeReader.Failure(offset: 5, reason: "a leading zero")) { try parse("d1:ai01ee") }
    }

    @Test func keysAreSortedAsBytes() {
        let value = Bencode.dictionary(["é": .integer(1), "z": .integer(2), "Z": .integer(3), "": .integer(4)])
        #expect(String(decoding: value.encoded(), as: UTF8.self) == "d0:i4e1:Zi3e1:zi2e2:éi1ee")
    }
}
