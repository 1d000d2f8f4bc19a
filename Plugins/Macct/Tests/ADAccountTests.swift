import Testing

@testable import Macct

@Suite struct ADAccountTests {
    private func account(_ text: String) throws -> ADAccount {
        try #require(try LDIFReader.records(Array(text.utf8)).compactMap { ADAccount($0) }.first)
    }

    @Test func aPC() throws {
        let account = try account(Samples.printed("PC01"))
        let (hash, package) = Samples.hashes()
        #expect(account.dn == "CN=PC01,CN=Computers,DC=lmn,DC=lan" && account.sAMAccountName == "PC01$")
        #expect(account.hashes == MachineHashes(unicodePwd: hash, supplementalCredentials: package))
        #expect(account.objection == nil)
    }

    /// Users, domain controllers (writable and not), trusts, and what may act for others.
    @Test(
        arguments: [
            (["top", "user"], 4096), (["computer"], 512), (["computer"], 0x2000 | 0x8_0000),
            (["computer"], 0x1000 | 0x400_0000),
            (["computer"], 0x1000 | 0x8_0000), (["computer"], 0x800), (["computer"], 0), (["top"], 4096),
        ] as [([String], Int64)])
    func whatIsNoPCIsObjectedTo(_ classes: [String], _ control: Int64) throws {
        #expect(try account(Samples.printed("PC01", classes: classes, control: control)).objection != nil)
    }

    @Test(arguments: ["adminCount: 1", "isCriticalSystemObject: TRUE"])
    func privilegedOnesAreObjectedTo(_ line: String) throws {
        let text = Samples.printed("PC01").replacing("primaryGroupID: 515", with: "primaryGroupID: 515\n\(line)")
        #expect(try account(text).objection != nil)
        let controller = Samples.printed("PC01").replacing("primaryGroupID: 515", with: "primaryGroupID: 516")
        #expect(try account(controller).objection != nil)
    }

    @Test func hashesAreWholeOrNone() throws {
        #expect(try account(Samples.printed("PC01").replacing("unicodePwd", with: "other")).hashes == nil)
        let (hash, package) = Samples.hashes()
        #expect(MachineHashes(unicodePwd: Array(hash.dropLast()), supplementalCredentials: package) == nil)
        #expect(MachineHashes(unicodePwd: hash, supplementalCredentials: Array(package.dropLast())) == nil)
        #expect(MachineHashes(unicodePwd: hash, supplementalCredentials: []) == nil)
        #expect(MachineHashes(unicodePwd: hash, supplementalCredentials: [1] + package.dropFirst()) == nil)
    }

    @Test func messagesOfToolsAreRedacted() {
        let message = "ERR: (No such object) on DN CN=pc01,CN=Computers,DC=lmn,DC=lan: /var/lib/samba/private/sam.ldb "
        #expect(SambaTool.redacted(message + "\n") == message.trimmingPrefix(" ").dropLast().description)
        let secrets = "BQNCBUpcWu4gN8LJ+fdRUA== 0503420a4a5c5aee2037c2c9f9f75150"
        #expect(SambaTool.redacted(secrets) == "… …")
    }
}
