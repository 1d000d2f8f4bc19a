/// An address and a port to listen on.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// `0.0.0.0` and `::` stand for all of the machine's.
    package let address: IPAddress
    /// 0: the kernel chooses one.
    package let port: UInt16

    /// Takes both as they are; text goes through `init(_:defaultPort:)`.
    package init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Parses `10.0.0.1:69`, `[::]:69`, and both without the port.
    package init?(_ text: String, defaultPort: UInt16) {
        guard let (host, port) = Self.split(text), let address = IPAddress(host),
            let number = port.map({ UInt16(digits: $0) }) ?? defaultPort
        else { return nil }
        self.init(address: address, port: number)
    }

    /// `10.0.0.1:69` or `[::]:69`; parses to the same value.
    package var description: String { address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)" }

    /// - Returns: nil if something else than a port follows the brackets.
    private static func split(_ text: String) -> (host: Substring, port: Substring?)? {
        if text.first == "[", let end = text.firstIndex(of: "]") {
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
            return (text[text.index(after: text.startIndex)..<end], rest.isEmpty ? nil : rest.dropFirst())
        }
        // More than one colon: IPv6 without a port.
        guard let colon = text.lastIndex(of: ":"), text.firstIndex(of: ":") == colon else { return (text[...], nil) }
        return (text[..<colon], text[text.index(after: colon)...])
    }
}
