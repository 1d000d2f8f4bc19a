package import Glibc
import LinuxKit

/// A numeric address and a port, of either family.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: UInt16

    package var isIPv4: Bool { !host.contains(":") }

    package var description: String { isIPv4 ? "\(host):\(port)" : "[\(host)]:\(port)" }

    /// - Parameter host: a numeric address.
    package init(_ host: String, _ port: UInt16) {
        self.host = host
        self.port = port
    }

    /// What the kernel wrote; nil for another family.
    init?(_ storage: sockaddr_storage) {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let size = socklen_t(text.count)
        let port: UInt16? = withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET:
                var name = bytes.loadUnaligned(as: sockaddr_in.self)
                inet_ntop(AF_INET, &name.sin_addr, &text, size)
                return UInt16(bigEndian: name.sin_port)
            case AF_INET6:
                var name = bytes.loadUnaligned(as: sockaddr_in6.self)
                inet_ntop(AF_INET6, &name.sin6_addr, &text, size)
                return UInt16(bigEndian: name.sin6_port)
            default: return nil
            }
        }
        guard let port else { return nil }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        self.init(String(decoding: bytes, as: UTF8.self), port)
    }

    /// Calls `body` with it as the kernel wants it.
    package func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var bytes = [UInt8](repeating: 0, count: isIPv4 ? 4 : 16)
        inet_pton(isIPv4 ? AF_INET : AF_INET6, host, &bytes)
        return SocketName(bytes, port: port).withPointer(body)
    }
}
