@testable import TFTPTransport

/// Packets as clients write them.
enum Packets {
    static func requestBytes(
        _ name: String, mode: String = "octet", options: [(String, String)] = [], opcode: UInt8 = 1
    ) -> [UInt8] {
        let strings = [name, mode] + options.flatMap { [$0.0, $0.1] }
        return [0, opcode] + strings.flatMap { Array($0.utf8) + [0] }
    }

    static func request(
        _ name: String, mode: String = "octet", options: [(String, String)] = []
    ) throws -> ReadRequest {
        try parse(requestBytes(name, mode: mode, options: options))
    }

    static func parse(_ bytes: [UInt8]) throws -> ReadRequest {
        try bytes.withUnsafeBytes { try ReadRequest($0) }
    }

    static func client(_ bytes: [UInt8]) -> ClientPacket {
        bytes.withUnsafeBytes { ClientPacket($0) }
    }
}
