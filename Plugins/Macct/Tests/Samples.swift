import Foundation

@testable import Macct

/// Hashes that have the form of real ones.
enum Samples {
    static func hashes(_ seed: UInt8 = 1, length: Int = 700) -> (hash: [UInt8], package: [UInt8]) {
        let hash = (0..<16).map { UInt8($0) &* 7 &+ seed }
        let size = (0..<4).map { UInt8(truncatingIfNeeded: (length - 13) >> (8 * $0)) }
        let package = [0, 0, 0, 0] + size + (8..<length).map { UInt8(truncatingIfNeeded: $0) &* 5 &+ seed }
        return (hash, package)
    }

    static func file(_ seed: UInt8 = 1) -> String {
        let (hash, package) = hashes(seed)
        return """
            dn: @@dn@@
            changetype: modify
            replace: unicodePwd
            unicodePwd:: \(Data(hash).base64EncodedString())
            replace: supplementalCredentials
            supplementalCredentials:: \(Data(package).base64EncodedString())
            -

            """
    }

    /// As ldbsearch prints it: folded, between comments, with a referral behind it.
    static func printed(_ name: String, classes: [String] = ["top", "computer"], control: Int64 = 4096) -> String {
        let (hash, package) = hashes()
        let long = Data(package).base64EncodedString()
        let folded = stride(from: 0, to: long.count, by: 77).map { start in
            String(long.dropFirst(start).prefix(77))
        }.joined(separator: "\n ")
        return """
            # record 1
            dn: CN=\(name),CN=Computers,DC=lmn,DC=lan
            \(classes.map { "objectClass: \($0)" }.joined(separator: "\n"))
            sAMAccountName: \(name)$
            userAccountControl: \(control)
            primaryGroupID: 515
            unicodePwd:: \(Data(hash).base64EncodedString())
            supplementalCredentials:: \(folded)

            # Referral
            ref: ldap:///CN=Configuration,DC=lmn,DC=lan

            # returned 2 records
            # 1 entries
            # 1 referrals

            """
    }
}
