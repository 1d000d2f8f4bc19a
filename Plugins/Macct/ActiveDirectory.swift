import LinboModel

/// The domain's accounts, read and written by Samba's own tools (docs/linbo.md#machine-accounts).
struct ActiveDirectory: Sendable {
    let tool: SambaTool

    /// `relax`, as if by the system itself, and hashes as they are instead of passwords.
    private static let controls = [
        "relax:0", "local_oid:1.3.6.1.4.1.7165.4.3.7:0", "local_oid:1.3.6.1.4.1.7165.4.3.12:0",
    ]

    /// The accounts of these hosts, by exact name; a host without one is missing.
    func accounts(of hosts: [HostName]) async throws(SambaTool.Failure) -> [HostName: ADAccount] {
        guard !hosts.isEmpty else { return [:] }
        var byName: [String: HostName] = [:]
        for host in hosts { byName[ADAccount.name(of: host)] = host }
        let filter = LDAPFilter.accounts(byName.keys.sorted())
        var output = try await tool.run("ldbsearch", [filter] + ADAccount.attributes)
        defer { wipe(&output) }
        let records: [[LDIFReader.Line]]
        do throws(LDIFReader.Failure) {
            records = try LDIFReader.records(output)
        } catch {
            throw SambaTool.Failure(description: "ldbsearch printed no LDIF: \(error)")
        }
        var found: [HostName: ADAccount] = [:]
        for account in records.compactMap({ ADAccount($0) }) {
            guard let host = byName[account.sAMAccountName.uppercased()] else { continue }
            guard found.updateValue(account, forKey: host) == nil else {
                throw SambaTool.Failure(description: "the AD has two accounts \(account.sAMAccountName)")
            }
        }
        return found
    }

    /// Replaces the hashes of accounts in one transaction: all of them, or none. What was really written is for a
    /// look afterwards to tell: `ldbmodify` ends with status 0 also when it modified nothing.
    func replace(_ changes: [(dn: String, hashes: MachineHashes)]) async throws(SambaTool.Failure) {
        var writer = LDIFWriter()
        for change in changes { AccountFile.append(change.hashes, for: change.dn, to: &writer) }
        var input = writer.takeBytes()
        defer { wipe(&input) }
        var output = try await tool.run("ldbmodify", Self.controls.map { "--controls=\($0)" }, input: input)
        wipe(&output)
    }
}
