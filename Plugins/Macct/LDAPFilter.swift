/// Search filters (RFC 4515), made of names that may hold anything.
enum LDAPFilter {
    /// The accounts of these names, by exact `sAMAccountName`.
    static func accounts(_ names: [String]) -> String {
        let terms = names.map { "(sAMAccountName=\(escaped($0)))" }
        return terms.count == 1 ? terms[0] : "(|\(terms.joined()))"
    }

    /// A value in a filter: NUL, `(`, `)`, `*`, `\\` and all that is not ASCII as `\\xx`.
    static func escaped(_ value: String) -> String {
        let special: Set<UInt8> = [0, UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "\\")]
        return value.utf8.map { byte in
            if byte >= 0x20, byte < 0x7F, !special.contains(byte) { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16)
            return "\\" + (digits.count == 1 ? "0" + digits : digits)
        }.joined()
    }
}
