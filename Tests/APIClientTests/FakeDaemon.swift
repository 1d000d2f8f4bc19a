import Foundation
import Glibc
import HookWire
import LinuxKit

/// A unix socket that answers with bytes of the test's own, on threads of its own.
final class FakeDaemon: Sendable {
    let directory: String
    let socket: String
    private let listener: Int32

    /// - Parameter answer: is given the connection and the head of what was asked; the connection is closed behind it.
    init(_ answer: @escaping @Sendable (Int32, String) -> Void) throws {
        directory = FileManager.default.temporaryDirectory.path + "/fake-\(UUID().uuidString.prefix(8))"
        socket = "\(directory)/api.sock"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        listener = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard withUnixAddress(socket, { bind(listener, $0, $1) }) == 0, listen(listener, 8) == 0 else {
            throw SystemError("listen", socket)
        }
        Thread.detachNewThread { [listener] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread {
                    answer(connection, Self.head(connection))
                    close(connection)
                }
            }
        }
    }

    deinit {
        // Wakes the thread that accepts; closing alone does not.
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        FileTree.remove(directory)
    }

    /// Says the same to everybody.
    /// - Parameter piece: bytes that are written at once.
    convenience init(saying text: String, piece: Int = .max) throws {
        try self.init { connection, _ in
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                guard Self.write(Array(rest.prefix(piece)), to: connection) else { return }
                rest = rest.dropFirst(piece)
            }
        }
    }

    /// - Returns: false once the client is gone.
    @discardableResult
    static func write(_ bytes: [UInt8], to connection: Int32) -> Bool {
        bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) } == bytes.count
    }

    /// Until the client closes.
    static func waitForEnd(_ connection: Int32) {
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) > 0 {}
    }

    private static func head(_ connection: Int32) -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8), recv(connection, &byte, 1, 0) == 1 { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
