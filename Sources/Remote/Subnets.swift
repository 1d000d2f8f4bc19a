import LinboModel
import LinuxKit

/// The school's networks, as linuxmuster's `subnets.csv` lists them: `10.0.0.0/16;router;…`, a line each.
package enum Subnets {
    private static let limit = 1 << 20

    /// - Parameter bytes: lines of other form, comments among them, are no networks.
    package static func parse(_ bytes: [UInt8]) -> [IPv4Network] {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).compactMap { line in
            line.split(separator: ";", omittingEmptySubsequences: false).first.flatMap { field in
                IPv4Network(String(field.filter { !$0.isWhitespace && $0 != "\u{FEFF}" }))
            }
        }
    }

    /// - Returns: none if there is no such file.
    package static func read(_ file: String) -> [IPv4Network] {
        (try? FileBytes.read(followingLinks: file, limit: limit)).map { parse($0) } ?? []
    }
}
