import Foundation
import LinboModel

/// Firmware that a PC's kernel asked for and LINBO does not have: `Direct firmware load for X failed` in its log.
enum MissingFirmware {
    /// No PC has more devices.
    static let most = 200

    private static let before = Data("Direct firmware load for ".utf8)
    private static let after = Data(" failed".utf8)
    private static let longest = 255

    /// File names below `/lib/firmware`, each once, in the order of the log.
    static func names(in log: [UInt8]) -> [String] {
        let data = Data(log)
        var names: [String] = []
        var seen: Set<String> = []
        var start = data.startIndex
        while names.count < most, let hit = data.range(of: before, in: start..<data.endIndex) {
            start = hit.upperBound
            let reach = min(data.endIndex, start + longest + after.count)
            guard let end = data.range(of: after, in: start..<reach), let name = name(data[start..<end.lowerBound])
            else {
                continue
            }
            if seen.insert(name).inserted { names.append(name) }
        }
        return names
    }

    private static func name(_ bytes: Data) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        let isName = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "._+-/,@".utf8.contains(byte)
        }
        return isName && !text.isEmpty && !text.split(separator: "/").contains("..") ? text : nil
    }
}
