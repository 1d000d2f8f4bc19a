package import LinboModel

/// One entry of column 7 in devices.csv: a statement for the host, as ISC's dhcpd.conf has it (docs/linbo.md#dhcp).
package enum HostStatement: Sendable, Hashable {
    /// A boot file instead of its architecture's: a path below the TFTP server's root.
    case filename(String)
    /// Where the boot file is fetched.
    case nextServer(IPAddress)
    /// The name of that server in the packet (`sname`, RFC 2131).
    case serverName(String)
    /// `option NAME VALUE`.
    case option(DHCPOption)
    /// What only ISC's server knows, such as `max-lease-time 600`.
    case onlyISC(String)
}

/// Why an entry of column 7 is left out.
package struct StatementError: Error, Sendable, Hashable {
    /// A clause, without the entry itself.
    package let what: String
    /// What the admin writes instead.
    package let fix: String
}

extension HostStatement {
    /// A file's name has 128 bytes in the packet, one of them a NUL (RFC 2131).
    private static let fileNameLimit = 127

    /// ISC's own, with a number or a switch behind them. Everything else (`include`, `if`, `on commit`) could read
    /// files or run programs.
    private static let onlyISCWords = [
        "default-lease-time", "max-lease-time", "min-lease-time", "always-broadcast", "always-reply-rfc1048",
        "get-lease-hostnames", "use-host-decl-names", "ddns-hostname", "ddns-domainname", "ddns-updates",
    ]

    /// Reads an entry into a value; nothing of it is ever passed on as text, so it can't end its block.
    package init(_ text: some StringProtocol) throws(StatementError) {
        var words = try StatementWord.words(of: text)
        guard let first = words.first, case .bare(let keyword) = first else {
            throw StatementError(what: "it begins with no word", fix: "write filename \"…\" or option NAME VALUE")
        }
        words.removeFirst()
        switch keyword.lowercased() {
        case "filename": self = .filename(try Self.name(words, of: keyword))
        case "server-name": self = .serverName(try Self.name(words, of: keyword))
        case "next-server":
            guard let word = words.first, words.count == 1, let address = IPAddress(word.text), address.isIPv4 else {
                throw StatementError(what: "next-server wants one IPv4 address", fix: "write next-server 10.0.0.1")
            }
            self = .nextServer(address)
        case "option": self = .option(try DHCPOption(words))
        case let word where Self.onlyISCWords.contains(word):
            guard !words.isEmpty else {
                throw StatementError(what: "\(word) has no value", fix: "write one behind it")
            }
            self = .onlyISC(([word] + words.map(\.written)).joined(separator: " "))
        default:
            throw StatementError(
                what: "'\(keyword)' is no statement for a host",
                fix: "known: filename, next-server, server-name, option, \(Self.onlyISCWords.joined(separator: ", "))")
        }
    }

    private static func name(_ words: [StatementWord], of keyword: String) throws(StatementError) -> String {
        guard let word = words.first, words.count == 1, !word.text.isEmpty, word.text.utf8.count <= fileNameLimit else {
            throw StatementError(
                what: "\(keyword) wants one name of 1 to \(fileNameLimit) bytes",
                fix: "write \(keyword) \"boot/grub/hostcfg/pc01.img\"")
        }
        return word.text
    }
}

/// A word of a statement, in quotes or not.
enum StatementWord: Sendable, Hashable {
    case bare(String)
    case quoted(String)

    var text: String {
        switch self {
        case .bare(let text), .quoted(let text): text
        }
    }

    var written: String {
        switch self {
        case .bare(let text): text
        case .quoted(let text): "\"\(text)\""
        }
    }

    /// Words between blanks. A `;` at the end is a habit and goes.
    static func words(of text: some StringProtocol) throws(StatementError) -> [StatementWord] {
        var words: [StatementWord] = []
        var rest = text[...]
        while let first = rest.first {
            if first == " " || first == "\t" {
                rest = rest.dropFirst()
            } else if first == "\"" {
                let inner = rest.dropFirst().prefix { $0 != "\"" }
                guard inner.unicodeScalars.allSatisfy(isHarmless), inner.endIndex < rest.endIndex else {
                    throw StatementError(
                        what: "text in quotes does not end, or holds '\\' or letters that are not ASCII",
                        fix: "write it plainly, with '\"' at both ends")
                }
                words.append(.quoted(String(inner)))
                rest = rest[rest.index(after: inner.endIndex)...]
            } else {
                let word = rest.prefix { $0.unicodeScalars.allSatisfy(isBare) }
                guard !word.isEmpty else {
                    if rest.allSatisfy({ $0 == ";" || $0 == " " }) { return words }
                    throw StatementError(
                        what: "'\(first)' stands outside of quotes",
                        fix: "put the value in '\"'; one statement an entry")
                }
                words.append(.bare(String(word)))
                rest = rest[word.endIndex...]
            }
        }
        return words
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        (0x20..<0x7F).contains(scalar.value) && scalar != "\\" && scalar != "\""
    }

    private static func isBare(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", ":", "/": true
        default: false
        }
    }
}
