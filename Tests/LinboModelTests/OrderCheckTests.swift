import Testing

@testable import LinboModel

/// Orders for rooms, in which groups have other numbers of systems and partitions.
@Suite struct OrderCheckTests {
    private static func conf(systems: Int, partitions: Int) -> StartConf {
        let parts = (1...max(1, partitions)).map { "[Partition]\nDev=/dev/sda\($0)\nSize=20G\nId=83\nFSType=ext4\n" }
        let oses = (0..<systems).map { "[OS]\nName=OS\($0)\nBaseImage=os\($0).qcow2\nRoot=/dev/sda1\n" }
        let text = "[LINBO]\nServer=10.0.0.1\n" + (parts.prefix(partitions) + oses).joined()
        return StartConf(parsing: Array(text.utf8), file: "start.conf")
    }

    private static let groups = [
        "win": conf(systems: 2, partitions: 4), "mint": conf(systems: 1, partitions: 3),
        "diskless": conf(systems: 1, partitions: 0),
    ]

    private func check(_ text: String, _ hosts: [(String, String)]) throws {
        let rows = hosts.enumerated().map { number, host in
            "r101;\(host.0);\(host.1);AA:BB:CC:DD:EE:\(String(number + 16, radix: 16));10.0.0.\(number + 1);;;;;;1"
        }
        let devices = try Samples.load(Samples.bytes(rows.joined(separator: "\n") + "\n"))
        #expect(devices.hosts.count == hosts.count)
        try OrderCheck.check(LinboCommandList(parsing: text), of: text, for: devices.hosts) {
            Self.groups[$0.description]
        }
    }

    @Test("what every PC has is no fault, and a group whose start.conf nobody knows is not checked")
    func right() throws {
        try check("format:4,sync:2,start:1", [("pc01", "win"), ("pc02", "win")])
        try check("format:3,sync:1", [("pc01", "win"), ("pc02", "mint"), ("pc03", "unknown")])
        try check("partition,halt", [("pc01", "mint")])
        try check("sync:99", [("pc01", "unknown")])
        try check("format:1,start:1", [("pc01", "diskless")])
    }

    @Test(
        "the first number that a PC lacks is told with all PCs that lack it, and its place",
        arguments: [
            ("sync:1,start:2", 13, "pc02, pc04 (group mint): no operating system 2, start.conf.mint has 1"),
            ("format:4,sync:1", 7, "pc02, pc04 (group mint): no partition 4, start.conf.mint has 3"),
            ("sync:1,format:9,start:2", 14, "no partition 9, start.conf.mint has 3"),
            ("new:3", 4, "pc01, pc03 (group win): no operating system 3, start.conf.win has 2"),
        ])
    func wrong(text: String, column: Int, message: String) throws {
        let error = try #require(throws: LinboCommandError.self) {
            try check(text, [("pc01", "win"), ("pc02", "mint"), ("pc03", "win"), ("pc04", "mint")])
        }
        #expect(error.column == column)
        #expect(error.message.contains(message), "\(error.message)")
    }

    @Test("of a room's thirty PCs five are named, and the rest counted")
    func many() throws {
        let hosts = (10..<40).map { ("pc\($0)", "mint") }
        let error = try #require(throws: LinboCommandError.self) { try check("start:2", hosts) }
        #expect(error.message.hasPrefix("pc10, pc11, pc12, pc13, pc14 and 25 more (group mint): "))
    }
}
