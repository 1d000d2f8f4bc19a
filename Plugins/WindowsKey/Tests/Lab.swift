import HookHost
import HookTesting
import LinboModel
import Logging
import Testing

@testable import WindowsKey

/// Keys of no product: right in form only.
enum Sample {
    static let windows = "BBBBB-CCCCC-DDDDD-FFFFF-GGGGG"
    static let office = "HHHHH-JJJJJ-KKKKK-MMMMM-PPPPP"
    static let first = "QQQQQ-RRRRR-TTTTT-VVVVV-WWWWW"
    static let second = "XXXXX-YYYYY-22222-33333-44444"
    static let all = [windows, office, first, second]
}

typealias Lab = PluginLab<WindowsKey>

/// pc01 has both keys (in lower case), pc02 and pc03 none.
extension PluginLab<WindowsKey> {
    convenience init() throws {
        let keys = (Sample.office.lowercased(), Sample.windows.lowercased())
        try self.init(
            devices: deviceRow(1, room: "r1 \"a\\b\"", group: "win", office: keys.0, windows: keys.1)
                + deviceRow(2, group: "win") + deviceRow(3, group: "win"))
    }

    var poolPath: String { "\(directory)/pool" }

    func pool(_ text: String) throws { try write(text, to: "pool", mode: 0o600) }

    func poolYAML(_ more: String = "") -> String { "keys: pool\npool: \(poolPath)\n\(more)" }
}

extension KeyRing {
    /// A host's keys without a server around it.
    static func sample(windows: String? = Sample.windows, office: String? = Sample.office) throws -> KeyRing {
        let host = Host(
            name: try #require(HostName("pc01")), room: "r1", group: try #require(GroupName("win")),
            mac: try #require(MACAddress("00:11:22:33:44:01")), address: nil,
            officeKey: try office.map { try ProductKey($0) }, windowsKey: try windows.map { try ProductKey($0) },
            source: SourceLocation(file: "devices.csv", line: 1))
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return KeyRing(finder: KeyFinder(pool: nil, ledger: nil, logger: silent), host: host, intent: .fetch)
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Latin-1.
func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }

/// With its byte order mark.
func utf16(_ text: String) -> [UInt8] {
    [0xFF, 0xFE] + text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
}

func holdsKey(_ text: String) -> Bool { Sample.all.contains { text.uppercased().contains($0) } }
