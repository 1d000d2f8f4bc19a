package import HookHost
import LinboModel

/// A file, or a connection's files, on the way to a client right now.
package struct RunningTransfer: Sendable, Codable, Equatable {
    /// Over what.
    package let transport: Transport
    /// The client's.
    package let address: String
    /// nil: a client that no devices.csv knows.
    package let host: String?
    /// The largest of them.
    package let path: String
    /// Milliseconds since 1970.
    package let began: Int64
    /// Of all its files; nil: nobody knows.
    package let bytes: Int64?
    /// That have reached the client; nil: the kernel does not tell. Over rsync with its own frames, and without what a
    /// delta or a compression saves.
    package let sent: Int64?
    /// Bytes a second of late; nil until two looks can be compared.
    package internal(set) var rate: Int64?
    /// When `sent` last grew; milliseconds since 1970.
    package internal(set) var moved: Int64

    /// As a transport sees it right now.
    package init(
        _ transport: Transport, of path: String, to address: String, host: String?, began: Int64, bytes: Int64?,
        sent: Int64?
    ) {
        self.transport = transport
        self.address = address
        self.host = host
        self.path = path
        self.began = began
        self.bytes = bytes
        self.sent = sent
        moved = began
    }

    /// The image's file name; nil: another file.
    package var image: String? {
        BootStep(transport, path) == .image ? BootStep.image(in: path) : nil
    }

    /// From 0 to 1; nil: nobody knows.
    package var share: Double? {
        guard let sent, let bytes, bytes > 0 else { return nil }
        return min(1, Double(sent) / Double(bytes))
    }

    /// Seconds until it is done, as it goes on now; nil: nobody knows.
    package var secondsLeft: Int64? {
        guard let sent, let bytes, let rate, rate > 0 else { return nil }
        return max(0, bytes - sent) / rate
    }

    /// Whether it is the same one at another moment.
    func isSame(as other: RunningTransfer) -> Bool {
        // TFTP tells its age, from which its beginning is reckoned anew at each look.
        (transport, address, path) == (other.transport, other.address, other.path)
            && abs(began - other.began) < 1500
    }

    /// In words: what, how far, how fast.
    package var description: String {
        var words = "\(transport) \(path)"
        if let sent, let bytes {
            words += ", \(byteSize(sent)) of \(byteSize(bytes))"
        } else if let size = bytes {
            words += ", \(byteSize(size))"
        }
        if let rate { words += ", \(byteSize(rate))/s" }
        if let left = secondsLeft { words += ", \(Self.span(left)) left" }
        return words
    }

    private static func span(_ seconds: Int64) -> String {
        seconds < 60 ? "\(seconds) s" : "\(seconds / 60) min"
    }
}
