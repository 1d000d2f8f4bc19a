package import Glibc

/// An address and a port, which the kernel wants as a structure of their family (ip(7), ipv6(7)).
package struct SocketName: Sendable, Hashable {
    /// In network order.
    package let address: [UInt8]
    /// In the machine's order.
    package let port: UInt16

    /// - Parameter address: 4 bytes of IPv4, or 16 of IPv6, in network order.
    package init(_ address: [UInt8], port: UInt16) {
        (self.address, self.port) = (address, port)
    }

    /// As the kernel tells it, such as of who sent a packet.
    package init(_ name: sockaddr_in) {
        self.init(withUnsafeBytes(of: name.sin_addr) { Array($0) }, port: UInt16(bigEndian: name.sin_port))
    }

    /// `AF_INET` or `AF_INET6`: what a socket for it has to be of.
    package var family: Int32 { address.count == 4 ? AF_INET : AF_INET6 }

    /// Calls `body` with it as the kernel wants it; the pointer is valid until that returns.
    package func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        func rebound<Name>(_ name: Name) -> Result {
            withUnsafePointer(to: name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<Name>.size))
                }
            }
        }
        if family == AF_INET {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &name.sin_addr) { $0.copyBytes(from: address) }
            return rebound(name)
        }
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &name.sin6_addr) { $0.copyBytes(from: address.prefix($0.count)) }
        return rebound(name)
    }
}
