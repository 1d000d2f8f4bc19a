import Foundation
import Testing

/// The rights that the unit leaves to the daemon, which are less than root's.
enum UnitRights {
    static let setpriv = "/usr/bin/setpriv"

    /// setpriv's words before the program's.
    /// - Parameter right: one that the unit does not give, for once.
    static func words(without right: String = "-") throws -> [String] {
        ["--no-new-privs", "--bounding-set", try boundingSet(right), "--"]
    }

    /// `CapabilityBoundingSet=` of the unit.
    private static func boundingSet(_ without: String) throws -> String {
        let unit = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("etc/linbo-hookd.service")
        let key = "CapabilityBoundingSet="
        let line = try #require(
            try String(contentsOf: unit, encoding: .utf8).split(separator: "\n").first { $0.hasPrefix(key) })
        let names = line.dropFirst(key.count).split(separator: " ").map { $0.dropFirst("CAP_".count).lowercased() }
        return (["-all"] + names.filter { $0 != without }.map { "+\($0)" }).joined(separator: ",")
    }
}
