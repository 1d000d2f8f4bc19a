import Testing

@testable import Macct

@Suite struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy"),
    ])
    func testVectorsOfRFC4648(_ bytes: String, _ text: String) {
        var encoded: [UInt8] = []
        Base64.append(bytes.utf8, to: &encoded)
        #expect(String(decoding: encoded, as: UTF8.self) == text)
        #expect(Base64.decode(Array(text.utf8)[...]) == Array(bytes.utf8))
    }

    @Test(arguments: ["Zg=", "Zg", "Z===", "====", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Z=9v", "Zg==Zg=="])
    func whatIsNotTheOneWayToWriteItIsRefused(_ text: String) {
        #expect(Base64.decode(Array(text.utf8)[...]) == nil)
    }
}
