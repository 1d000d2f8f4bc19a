import LinboModel
import LinuxKit

/// An image at a port, in one network of the server's: what one sender is for.
struct Channel: Sendable, Hashable {
    let image: ImageName
    /// The server's own address in that network, 4 bytes.
    let server: [UInt8]
    /// All of that network hear what is sent there.
    let broadcast: [UInt8]
    /// udpcast's port base: receivers listen there, the sender at the next one. It is even, and an image keeps it.
    let port: UInt16

    /// How the sender is called among the daemon's services.
    var service: String { "multicast:\(image)@\(serverText)" }

    var serverText: String { IPAddress(bytes: server)?.description ?? "-" }

    /// The image's line in `multicast.list`.
    var line: String { "\(image) \(serverText):\(port)\n" }

    /// Where udp-sender sends data by itself: 232.0.0.0/5 with the last 27 bits of the server's address.
    var dataAddress: [UInt8] { server.isEmpty ? [] : [server[0] & 0x07 | 0xE8] + server.dropFirst() }
}
