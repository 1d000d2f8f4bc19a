/// The answers of the server's setup (docs/linbo.md#names-and-places): `key = value` in sections, which do not matter.
package struct SetupIni: Sendable {
    /// By key in lower case; of several the last wins. Passwords are left out: nobody here needs them.
    package let values: [String: String]
    /// Lines that are no `key = value`; all others were read.
    package let problems: [Problem]

    /// - Parameter file: the name that errors carry.
    package init(parsing bytes: [UInt8], file: String) {
        var values: [String: String] = [:]
        var problems = ProblemList(file: file)
        for line in lines(of: bytes) {
            let bytes = trimmed(line.bytes)
            guard let first = bytes.first, !"#;[".utf8.contains(first) else { continue }
            guard let equals = bytes.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }) else {
                problems.add(line: line.number, "no '=' in this line", fix: "write key = value")
                continue
            }
            let key = text(of: trimmed(bytes[..<equals])).lowercased()
            let value = text(of: trimmed(bytes[(equals + 1)...]))
            guard !key.isEmpty, !hasControlCharacter(key), !hasControlCharacter(value) else {
                problems.add(line: line.number, "no key, or a control character", fix: "write key = value")
                continue
            }
            if !Self.isSecret(key) { values[key] = value }
        }
        self.values = values
        self.problems = problems.problems
    }

    private static func isSecret(_ key: String) -> Bool {
        ["pw", "pass", "secret"].contains { key.contains($0) }
    }

    /// The domain's short name, as `.reg` files want it.
    package var sambadomain: String? { filled("sambadomain") }
    /// The DNS name, such as `linuxmuster.lan`; nil: missing or empty.
    package var domainname: String? { filled("domainname") }
    /// Such as `DC=linuxmuster,DC=lan`.
    package var basedn: String? { filled("basedn") }
    /// nil: missing, empty, or no address.
    package var serverip: IPAddress? { filled("serverip").flatMap { IPAddress($0) } }

    private func filled(_ key: String) -> String? {
        guard let value = values[key], !value.isEmpty else { return nil }
        return value
    }
}
