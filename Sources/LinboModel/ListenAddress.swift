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
        let (host, port) = Self.split(text)
        guard let address = IPAddress(host), let number = port.isEmpty ? defaultPort : UInt16(port) else { return nil }
        self.init(address: address, port: number)
    }

    /// `10.0.0.1:69` or `[::]:69`; parses to the same value.
    package var description: String { address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)" }

    private static func split(_ text: String) -> (host: Substring, port: Substring) {
        if text.first == "[", let end = text.firstIndex(of: "]") {
            let rest = text[text.index(after: end)...]
            return (text[text.index(after: text.startIndex)..<end], rest.first == ":" ? rest.dropFirst() : rest)
        }
        // More than one colon: IPv6 without a port.
        guard let colon = text.lastIndex(of: ":"), text.firstIndex(of: ":") == colon else { return (text[...], "") }
        return (text[..<colon], text[text.index(after: colon)...])
    }
}
