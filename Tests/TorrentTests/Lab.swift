import Foundation

/// Images in a temporary directory.
final class Lab {
    let directory = URL(filePath: NSTemporaryDirectory()).appending(path: "torrent-\(UUID().uuidString)").path()

    init() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// - Parameters:
    ///   - size: what is behind the last part is a hole, and so is what lies between them.
    ///   - parts: bytes and where they begin.
    @discardableResult
    func image(_ name: String, size: Int, parts: [(offset: Int, bytes: [UInt8])]) throws -> String {
        try Data().write(to: URL(filePath: path(name)))
        let handle = try FileHandle(forWritingTo: URL(filePath: path(name)))
        try handle.truncate(atOffset: UInt64(size))
        for part in parts {
            try handle.seek(toOffset: UInt64(part.offset))
            try handle.write(contentsOf: Data(part.bytes))
        }
        try handle.close()
        return path(name)
    }

    /// Bytes that do not repeat soon.
    static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }
}
