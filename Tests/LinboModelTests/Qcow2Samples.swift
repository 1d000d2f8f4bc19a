/// The first bytes of qcow2 files, as the specification lays them out.
struct Qcow2Sample {
    var version: UInt32 = 3
    var clusterBits: UInt32 = 16
    var virtualSize: UInt64 = 1 << 30
    var encryption: UInt32 = 0
    var incompatibleFeatures: UInt64 = 0
    var backingFile: String?
    /// By type.
    var extensions: [(type: UInt32, data: [UInt8])] = []

    static let backingFormat: UInt32 = 0xE279_2ACA
    static let dataFile: UInt32 = 0x4441_5441

    var bytes: [UInt8] {
        var tail: [UInt8] = []
        for (type, data) in extensions {
            tail += Self.big(type) + Self.big(UInt32(data.count)) + data
            tail += [UInt8](repeating: 0, count: (8 - data.count % 8) % 8)
        }
        tail += [UInt8](repeating: 0, count: 8)
        let name = Array((backingFile ?? "").utf8)
        let length = version == 2 ? 72 : 104
        let offset = backingFile == nil ? 0 : length + tail.count
        var head: [UInt8] = Array("QFI".utf8) + [0xFB] + Self.big(version) + Self.big(UInt64(offset))
        head += Self.big(UInt32(name.count)) + Self.big(clusterBits) + Self.big(virtualSize) + Self.big(encryption)
        head += Self.big(UInt32(2)) + Self.big(UInt64(0x30000)) + Self.big(UInt64(0x10000)) + Self.big(UInt32(1))
        head += Self.big(UInt32(0)) + Self.big(UInt64(0))
        if version != 2 {
            head += Self.big(incompatibleFeatures) + Self.big(UInt64(0)) + Self.big(UInt64(0))
            head += Self.big(UInt32(4)) + Self.big(UInt32(104))
        }
        return head + tail + name
    }

    private static func big(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}
