import HookHost

/// What an account's password is in the AD: the NT hash, and the package of Kerberos keys and digests.
struct MachineHashes: Equatable, Sendable {
    let unicodePwd: SecretBytes
    let supplementalCredentials: SecretBytes

    /// Far more than the few KiB that Samba and Windows write.
    static let sizeLimit = 256 << 10

    /// Whatever else stands there, these are lengths and signatures of real ones: 16 bytes of hash, and a
    /// USER_PROPERTIES structure that is as long as it says (MS-SAMR 2.2.10.1).
    /// - Returns: nil for what can't be that.
    init?(unicodePwd hash: [UInt8], supplementalCredentials package: [UInt8]) {
        guard hash.count == 16, (13...Self.sizeLimit).contains(package.count) else { return nil }
        let length = package[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard package[..<4].allSatisfy({ $0 == 0 }), length == package.count - 13 else { return nil }
        unicodePwd = SecretBytes(hash)
        supplementalCredentials = SecretBytes(package)
    }
}
