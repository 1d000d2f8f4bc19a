package import LinboModel

/// A generated configuration: the same plan makes the same bytes.
package struct Rendering: Sendable, Hashable {
    /// A few whole lines, and the row of devices.csv that they are made from.
    struct Part: Sendable, Hashable {
        let text: String
        var source: SourceLocation?
    }

    let parts: [Part]
    /// The whole file, as the server will read it.
    package let text: String

    init(_ parts: [Part]) {
        self.parts = parts
        text = parts.map(\.text).joined()
    }

    /// In the notation of the plan's server.
    package init(_ plan: DHCPPlan) {
        switch plan.server {
        case .isc: self.init(ISCRenderer(plan: plan).parts)
        case .dnsmasq: self.init(DnsmasqRenderer(plan: plan).parts)
        case .kea: self.init(KeaRenderer(plan: plan).parts)
        }
    }

    /// The text of a line, 1-based, and the row that it comes from: for the errors of a server's checker.
    package func line(_ number: Int) -> (text: String, source: SourceLocation?)? {
        var first = 1
        for part in parts {
            let lines = part.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if number >= first, number < first + lines.count { return (String(lines[number - first]), part.source) }
            first += lines.count
        }
        return nil
    }

    static func header(_ server: DHCPServer, _ lines: [String]) -> Part {
        let all = ["Made by `linboctl dhcp apply` from devices.csv: what is changed here is lost."] + lines
        return Part(text: all.map { "\(server.comment) \($0)\n" }.joined() + "\n")
    }
}
