import FuzzKit
import Testing

@testable import Macct

/// A `.macct` is two values or nothing.
@Suite struct AccountFileTests {
    private func parse(_ text: String) throws(AccountFile.Failure) -> MachineHashes {
        try AccountFile.parse(Array(text.utf8))
    }

    @Test func upstreamsFileIsReadAndWritten() throws {
        let hashes = try parse(Samples.file())
        let (hash, package) = Samples.hashes()
        #expect(hashes == MachineHashes(unicodePwd: hash, supplementalCredentials: package))
        #expect(String(decoding: AccountFile.bytes(hashes), as: UTF8.self) == Samples.file())
    }

    @Test func theFormOfRFC2849IsReadToo() throws {
        let strict = Samples.file().replacing("\nreplace: suppl", with: "\n-\nreplace: suppl")
        #expect(try parse(strict) == parse(Samples.file()))
        #expect(try parse("# saved\r\n" + Samples.file().replacing("\n", with: "\r\n")) == parse(Samples.file()))
        #expect(try parse(Samples.file() + "\n\n") == parse(Samples.file()))
    }

    @Test(arguments: [
        Samples.file() + "\ndn: CN=pc03,DC=lmn\nchangetype: delete\n", Samples.file() + "replace: x\nx: y\n-\n",
        "dn: CN=pc03,DC=lmn\nchangetype: delete\n\n" + Samples.file(), Samples.file() + Samples.file(), "", "\n", "#\n",
        Samples.file().replacing("modify", with: "delete"), Samples.file().replacing("@@dn@@", with: "CN=pc03"),
        Samples.file().replacing("replace: unicodePwd", with: "add: unicodePwd"),
        Samples.file().replacing("unicodePwd:: ", with: "unicodePwd:< file:///etc/shadow\nunicodePwd:: "),
        Samples.file().replacing("unicodePwd:: ", with: "clearTextPassword:: "),
        Samples.file().replacing("unicodePwd:: ", with: "unicodePwd:: AAAA"), String(Samples.file().prefix(200)),
        Samples.file().replacing("supplementalCredentials:: ", with: "supplementalCredentials:: \nx:: "),
        Samples.file().replacing("@@dn@@", with: "@@dn@@\ncontrol: 1.2.840.113556.1.4.805 true"),
    ])
    func anythingElseIsRefusedWhole(_ text: String) {
        #expect(throws: AccountFile.Failure.self) { try parse(text) }
    }

    @Test func errorsQuoteNothing() throws {
        let (hash, _) = Samples.hashes()
        var base64: [UInt8] = []
        Base64.append(hash, to: &base64)
        let secret = String(decoding: base64, as: UTF8.self)
        for text in [
            "unicodePwd \(secret)", "\(secret)", Samples.file() + secret, "dn: \(secret)",
            "dn: @@dn@@\nreplace: \(secret)",
            Samples.file().replacing("unicodePwd::", with: "unicodePwd:"),
        ] {
            let error = #expect(throws: AccountFile.Failure.self) { try parse(text) }
            #expect("\(String(reflecting: error))".contains(secret.prefix(10)) == false)
        }
        let hashes = try parse(Samples.file())
        var dumped = ""
        dump(hashes, to: &dumped)
        #expect(!"\(hashes) \(dumped)".contains("7, 8"), "\(dumped)")
    }

    /// Whatever comes: no trap, and what is read is written again as the same.
    @Test func fuzz() {
        var fuzz = Fuzz(
            "macct", texts: [Samples.file(), Samples.file(9), Samples.printed("PC01")], spice: ":<- =#@dn\n")
        for _ in 0..<2000 {
            guard let hashes = try? AccountFile.parse(fuzz.next()) else { continue }
            #expect((try? AccountFile.parse(AccountFile.bytes(hashes))) == hashes)
        }
    }
}

extension AccountFileTests {
    @Test("N1: lengths in an account's package, and numbers in the AD's answer") func hostileNumbers() {
        let (hash, package) = Samples.hashes(length: 40)
        Hostile(around: [UInt64(package.count), 13]).bytes(package) { bytes in
            _ = MachineHashes(unicodePwd: hash, supplementalCredentials: bytes)
        }
        for count in 0..<16 {
            let cut = Array(package.prefix(count))
            #expect(MachineHashes(unicodePwd: hash, supplementalCredentials: cut) == nil)
        }
        Hostile().text("dn: CN=a\nsAMAccountName: A$\nuserAccountControl: 4096\nprimaryGroupID: 515\nadminCount: 0\n") {
            guard let records = try? LDIFReader.records(Array($0.utf8)) else { return }
            _ = records.compactMap { ADAccount($0)?.objection }
        }
    }
}
