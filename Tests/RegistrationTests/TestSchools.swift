import Foundation
import HookHost
import LinboModel
import Logging
import Registration
import Testing

/// Schools and a tree in a directory of their own, which goes when the test ends.
final class TestSchools: Sendable {
    let base: String
    let registrar: Registrar
    let newcomers: Newcomers

    static let rows = """
        # room;host;group;mac;ip
        r101;pc10;win11;00:11:22:33:44:10;10.0.0.10;;;;classroom-studentcomputer;;1
        r101;pc11;win11;00:11:22:33:44:11;DHCP;;;;classroom-studentcomputer;;1

        """

    /// - Parameter settings: with them, registered hosts are noted and limited.
    init(
        rows: String = rows, gym: String? = nil, settings: RegistrationSettings? = nil,
        neighbour: @escaping @Sendable (IPAddress) -> MACAddress? = { _ in nil }
    ) throws {
        let base = NSTemporaryDirectory() + "linbo-registration-\(UUID().uuidString)"
        self.base = base
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        newcomers = Newcomers(state: base, root: "\(base)/linbo")
        registrar = Registrar(
            schools: "\(base)/schools", root: "\(base)/linbo", settings: settings ?? RegistrationSettings(),
            newcomers: settings == nil ? nil : newcomers, neighbour: neighbour, logger: logger)
        let manager = FileManager.default
        try manager.createDirectory(atPath: "\(base)/schools/default-school", withIntermediateDirectories: true)
        try manager.createDirectory(atPath: "\(base)/linbo", withIntermediateDirectories: true)
        for group in ["win11", "ubuntu"] { try write("[LINBO]\n", to: "linbo/start.conf.\(group)") }
        try write(rows, to: Self.devices)
        if let gym {
            try manager.createDirectory(atPath: "\(base)/schools/gym", withIntermediateDirectories: true)
            try write(gym, to: Self.gymDevices)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: base) }

    static let devices = "schools/default-school/devices.csv"
    static let gymDevices = "schools/gym/gym.devices.csv"

    func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(base)/\(name)"))
    }

    func bytes(_ name: String = devices) -> [UInt8] {
        (try? Data(contentsOf: URL(fileURLWithPath: "\(base)/\(name)"))).map(Array.init) ?? []
    }

    func text(_ name: String = devices) -> String { String(decoding: bytes(name), as: UTF8.self) }

    static let client = Client(
        address: IPAddress(v4: 0x0A00_0001), host: nil, recognition: .unknown("it registers itself"))

    func register(_ row: String, as fileName: String) throws {
        try register(Array(row.utf8), as: fileName)
    }

    func register(_ bytes: [UInt8], as fileName: String) throws {
        try registrar.register(bytes, fileName: fileName, by: Self.client)
    }

    /// The refusal, and that nothing has changed.
    func refusal(
        _ row: String, as fileName: String, _ source: Testing.SourceLocation = #_sourceLocation
    ) throws -> String {
        let before = bytes()
        let refusal = try #require(
            #expect(throws: Refusal.self, sourceLocation: source) { try register(row, as: fileName) })
        #expect(bytes() == before, sourceLocation: source)
        #expect(!FileManager.default.fileExists(atPath: "\(base)/linbo/last_registered"), sourceLocation: source)
        return refusal.reason
    }
}

/// As upstream's client writes it (docs/linbo.md#new-hosts).
func row(
    _ name: String, room: String = "r102", group: String = "win11", mac: String = "00:11:22:33:44:55",
    address: String = "10.0.0.55"
) -> String {
    "\(room);\(name);\(group);\(mac);\(address);;;;classroom-studentcomputer;;1\n"
}
