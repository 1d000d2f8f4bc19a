import Glibc

/// The screen of a PC in QEMU, by QEMU's control socket (QMP).
enum Screen {
    /// Writes a PNG.
    /// - Returns: false if QEMU is gone, or can't.
    static func shoot(socket path: String, to file: String) -> Bool {
        guard let socket = connected(to: path) else { return false }
        defer { close(socket) }
        let text = file.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        let orders = [
            "{\"execute\":\"qmp_capabilities\"}",
            "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"\(text)\",\"format\":\"png\"}}",
        ]
        guard reply(socket)?.contains("\"QMP\"") == true else { return false }
        for order in orders {
            let bytes = Array("\(order)\n".utf8)
            guard write(socket, bytes, bytes.count) == bytes.count, reply(socket)?.contains("\"return\"") == true else {
                return false
            }
        }
        return access(file, R_OK) == 0
    }

    private static func connected(to path: String) -> Int32? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else {
            close(socket)
            return nil
        }
        return socket
    }

    /// A line that is no event; nil if none comes within 5 s.
    private static func reply(_ socket: Int32) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(socket, &byte, 1) == 1 {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            let text = String(decoding: line, as: UTF8.self)
            if !text.contains("\"event\"") { return text }
            line = []
        }
        return nil
    }
}
