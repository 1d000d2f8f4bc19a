import CLinux
import Glibc
import LinboModel

/// A socket of one transfer's own, connected to its client.
///
/// On the same port as the shared one it saves the kernel a look for the route of each packet, which is worth it for
/// few long transfers in lock-step. Strangers' packets go on to the shared socket, since the kernel prefers a connected
/// one only for its own client (ip(7), SO_REUSEPORT).
///
/// On a port of its own, drawn at random, it can be written to only by whoever has seen its packets.
final class DirectSocket {
    let socket: UDPSocket
    var descriptor: Int32 { socket.descriptor }

    /// - Returns: nil if it can't be had: the shared socket serves as well.
    init?(
        at address: ListenAddress, sharing: UDPSocket.Sharing, to name: UnsafeRawPointer, _ nameLength: Int
    ) {
        guard let socket = try? UDPSocket(binding: address, sharing: sharing) else { return nil }
        // From here on `deinit` closes it, whatever this returns.
        self.socket = socket
        guard connect(socket.descriptor, name.assumingMemoryBound(to: sockaddr.self), socklen_t(nameLength)) == 0
        else { return nil }
    }

    deinit {
        close(socket.descriptor)
    }
}
