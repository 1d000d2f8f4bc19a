import CLinux
import Glibc

/// A socket of one transfer's own, on the same port as the shared one, connected to its client: the kernel then looks up
/// no route for each packet. Strangers' packets go on to the shared socket, since the kernel prefers a connected one
/// only for its own client (ip(7), SO_REUSEPORT).
///
/// Worth it for few long transfers in lock-step; many are served better together.
final class DirectSocket {
    let descriptor: Int32

    /// - Returns: nil if it can't be had: the shared socket serves as well.
    init?(beside socket: UDPSocket, at local: LocalAddress, to name: UnsafeRawPointer, _ nameLength: Int) {
        guard let direct = try? UDPSocket(binding: local.listenAddress(beside: socket), sharing: .joining) else {
            return nil
        }
        descriptor = direct.descriptor
        guard connect(descriptor, name.assumingMemoryBound(to: sockaddr.self), socklen_t(nameLength)) == 0 else {
            close(descriptor)
            return nil
        }
    }

    deinit {
        close(descriptor)
    }
}
