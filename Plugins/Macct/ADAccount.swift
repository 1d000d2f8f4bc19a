import LinboModel

/// An account as the AD has it, as far as it matters whether its password may be replaced.
struct ADAccount: Sendable {
    let dn: String
    let sAMAccountName: String
    /// nil: the AD shows none, or something that is none.
    let hashes: MachineHashes?
    private let objectClasses: Set<String>
    private let control: UInt32
    private let primaryGroup: UInt32
    private let isPrivileged: Bool

    static let attributes = [
        "sAMAccountName", "objectClass", "userAccountControl", "primaryGroupID", "adminCount", "isCriticalSystemObject",
        "unicodePwd", "supplementalCredentials",
    ]

    /// The name of a host's account.
    static func name(of host: HostName) -> String { host.lowercased.uppercased() + "$" }

    /// nil for a record that is no account, such as a referral.
    init?(_ lines: [LDIFReader.Line]) {
        func values(_ name: String) -> [String] {
            lines.filter { $0.name == name.lowercased() }.compactMap(\.text)
        }
        guard let dn = values("dn").first, let name = values("sAMAccountName").first else { return nil }
        self.dn = dn
        sAMAccountName = name
        objectClasses = Set(values("objectClass").map { $0.lowercased() })
        // The attribute is a signed number.
        control = values("userAccountControl").first.flatMap { Int64($0) }.map { UInt32(truncatingIfNeeded: $0) } ?? 0
        primaryGroup = values("primaryGroupID").first.flatMap { UInt32($0) } ?? 0
        isPrivileged =
            values("isCriticalSystemObject").first?.uppercased() == "TRUE"
            || values("adminCount").first.map { $0 != "0" } ?? false
        func secret(_ name: String) -> [UInt8] { lines.first { $0.name == name.lowercased() }?.value ?? [] }
        hashes = MachineHashes(
            unicodePwd: secret("unicodePwd"), supplementalCredentials: secret("supplementalCredentials"))
    }

    /// Why its password must not be replaced, nor given to others; nil for a PC that is a member of the domain.
    ///
    /// The AD's word counts, not devices.csv's: a name there may be that of a domain controller.
    var objection: String? {
        guard objectClasses.contains("computer") else { return "\(sAMAccountName) is no computer in the AD" }
        guard control & Self.workstation != 0, control & Self.others == 0 else {
            return "\(sAMAccountName) is no workstation in the AD (userAccountControl \(control))"
        }
        guard !Self.controllers.contains(primaryGroup) else {
            return "\(sAMAccountName) is a domain controller (primaryGroupID \(primaryGroup))"
        }
        guard !isPrivileged else { return "\(sAMAccountName) is a privileged account in the AD" }
        return nil
    }

    /// MS-ADTS 2.2.16, userAccountControl: WORKSTATION_TRUST_ACCOUNT.
    private static let workstation: UInt32 = 0x1000
    /// NORMAL, INTERDOMAIN_TRUST, SERVER_TRUST, TRUSTED_FOR_DELEGATION, TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION,
    /// PARTIAL_SECRETS: users, domains, domain controllers, and what may act for others.
    private static let others: UInt32 = 0x200 | 0x800 | 0x2000 | 0x8_0000 | 0x100_0000 | 0x400_0000
    /// Domain controllers, read-only ones, read-only ones of the enterprise.
    private static let controllers: Set<UInt32> = [516, 521, 498]
}
