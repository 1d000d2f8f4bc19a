import HookHost
import LinboModel
import LinuxKit

/// What the history of images keeps of a set.
struct SetFacts {
    /// `YYYYMMDDhhmm`, of its `.info`.
    let timestamp: String?
    /// 40 hex digits, of its `.hash`.
    let infoHash: String?

    private static let limit = 1 << 20

    init(_ set: ArrivedSet) {
        func bytes(_ suffix: String) -> [UInt8]? {
            set.sidecars[suffix].flatMap { try? FileBytes.read($0.absolutePath, limit: Self.limit).bytes }
        }
        timestamp = bytes(".info").flatMap { try? ImageInfo(parsing: $0, file: ".info").timestamp }
        infoHash = bytes(".hash").map { String(decoding: $0.prefix(40), as: UTF8.self).lowercased() }
    }
}
