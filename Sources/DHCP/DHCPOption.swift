package import LinboModel

/// A DHCP option of a host, by the name that ISC's dhcp-options(5) has for it.
package struct DHCPOption: Sendable, Hashable {
    /// In the form that the option has on the wire: each server writes it in its own way.
    package enum Value: Sendable, Hashable {
        /// 1 to 255 bytes of printable ASCII.
        case text(String)
        /// IPv4; one of them, as lists stand in the server's own configuration.
        case addresses([IPAddress])
        /// In the range that the option has.
        case number(Int)
        /// Of an option that is not in our table: as it was written, for ISC's server only.
        case written(String)
    }

    /// In lower case, such as `domain-name-servers`.
    package let name: String
    /// nil: not in our table; the admin's dhcpd.conf may define it.
    package let code: Int?
    /// What column 7 has behind the name.
    package let value: Value

    private enum Kind { case text, addresses, number(ClosedRange<Int>) }

    /// RFC 2132.
    private static let table: [String: (code: Int, kind: Kind)] = [
        "subnet-mask": (1, .addresses), "time-offset": (2, .number(-86_400...86_400)), "routers": (3, .addresses),
        "time-servers": (4, .addresses), "domain-name-servers": (6, .addresses), "log-servers": (7, .addresses),
        "lpr-servers": (9, .addresses), "host-name": (12, .text), "domain-name": (15, .text), "root-path": (17, .text),
        "extensions-path": (18, .text), "interface-mtu": (26, .number(68...65_535)),
        "broadcast-address": (28, .addresses),
        "nis-domain": (40, .text), "nis-servers": (41, .addresses), "ntp-servers": (42, .addresses),
        "netbios-name-servers": (44, .addresses), "netbios-node-type": (46, .number(1...8)),
        "tftp-server-name": (66, .text),
        "bootfile-name": (67, .text),
    ]

    static let extensionsPath = "extensions-path"
    static let nisDomain = "nis-domain"
    static let hostName = "host-name"

    init(name: String, text: String) {
        self.name = name
        code = Self.table[name]?.code
        value = .text(text)
    }

    /// - Parameter words: what stands behind `option`.
    init(_ words: [StatementWord]) throws(StatementError) {
        guard case .bare(let spelled)? = words.first, words.count > 1, spelled.first?.isLetter == true else {
            throw StatementError(what: "option wants a name and a value", fix: "write option NAME VALUE")
        }
        name = spelled.lowercased()
        let values = words.dropFirst()
        guard let known = Self.table[name] else {
            code = nil
            value = .written(values.map(\.written).joined(separator: " "))
            return
        }
        code = known.code
        let texts = values.map(\.text)
        let value: Value? =
            switch known.kind {
            case .text: texts.count == 1 && (1...255).contains(texts[0].utf8.count) ? .text(texts[0]) : nil
            case .addresses:
                texts.count == 1 ? IPAddress(texts[0]).flatMap { $0.isIPv4 ? .addresses([$0]) : nil } : nil
            // dnsmasq cuts a number that is too great, and says nothing.
            case .number(let range):
                texts.count == 1 ? Int(texts[0]).flatMap { range.contains($0) ? .number($0) : nil } : nil
            }
        guard let value else {
            throw StatementError(
                what: "option \(name) wants one \(Self.word(for: known.kind))",
                fix: "write one; lists of several stand in the server's own configuration")
        }
        self.value = value
    }

    private static func word(for kind: Kind) -> String {
        switch kind {
        case .text: "text"
        case .addresses: "IPv4 address"
        case .number(let range): "number from \(range.lowerBound) to \(range.upperBound)"
        }
    }
}
