package import Glibc
package import LinboModel

/// Calls `body` with an address as the kernel wants it.
package func withSocketAddress<Result>(
    _ address: ListenAddress, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    func rebound<Name>(_ name: Name) -> Result {
        withUnsafePointer(to: name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Name>.size))
            }
        }
    }
    let bytes = address.address.bytes
    if address.address.isIPv4 {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = address.port.bigEndian
        withUnsafeMutableBytes(of: &name.sin_addr) { $0.copyBytes(from: bytes) }
        return rebound(name)
    }
    var name = sockaddr_in6()
    name.sin6_family = sa_family_t(AF_INET6)
    name.sin6_port = address.port.bigEndian
    withUnsafeMutableBytes(of: &name.sin6_addr) { $0.copyBytes(from: bytes) }
    return rebound(name)
}
