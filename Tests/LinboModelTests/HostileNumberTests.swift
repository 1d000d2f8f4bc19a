import FuzzKit
import Testing

@testable import LinboModel

/// Numbers at which arithmetic fails, in each file that comes from elsewhere. A trap ends the test run, as it would end
/// the daemon.
@Suite("N1: hostile numbers")
struct HostileNumberTests {
    /// The smallest cluster has 512 bytes, and a backing file's name may have 1023.
    @Test("N1: a name that is longer than its cluster", arguments: [513, 1023, 1024, UInt32.max])
    func nameBeyondItsCluster(_ length: UInt32) {
        var bytes = Qcow2Sample(clusterBits: 9, backingFile: "win11.qcow2").bytes
        bytes.replaceSubrange(16..<20, with: withUnsafeBytes(of: length.bigEndian) { Array($0) })
        bytes += [UInt8](repeating: 0x41, count: 4096 - bytes.count)
        #expect(throws: Qcow2Error.backingFile) { try Qcow2Header(parsing: bytes) }
    }

    @Test("N1: qcow2 headers", arguments: [2, 3] as [UInt32], [9, 16, 21] as [UInt32])
    func qcow2(version: UInt32, clusterBits: UInt32) {
        var sample = Qcow2Sample(version: version, clusterBits: clusterBits, backingFile: "win11.qcow2")
        sample.extensions = [(Qcow2Sample.backingFormat, Array("qcow2".utf8)), (Qcow2Sample.dataFile, [65])]
        let cluster = UInt64(1) << UInt64(clusterBits)
        var taken = 0
        Hostile(around: [cluster, UInt64(sample.bytes.count), 1023, 104]).bytes(sample.bytes) { bytes in
            if let header = try? Qcow2Header(parsing: bytes), header.shortestFile <= UInt64(Int64.max) { taken += 1 }
            _ = try? Qcow2Header(parsing: bytes + [UInt8](repeating: 1, count: 2048))
        }
        #expect(taken > 0)
    }

    @Test("N1: .info") func infos() {
        Hostile().text(Samples.info) { text in
            guard let info = try? ImageInfo(parsing: Array(text.utf8), file: "x.info") else { return }
            if info.timestamp.utf8.count != 12 { Issue.record("\(info)") }
        }
    }

    @Test("N1: leases", arguments: [(LeaseFormat.isc, Samples.isc), (.kea, Samples.kea), (.dnsmasq, Samples.dnsmasq)])
    func leases(_ format: LeaseFormat, _ sample: String) {
        Hostile().text(sample) { text in
            for now in [Int64.min, 0, 1_500, .max] { _ = Leases.parse(Array(text.utf8), format: format, now: now) }
        }
    }

    @Test("N1: rows of hosts") func rows() throws {
        Hostile().text(Samples.devices) { text in _ = try? Samples.load(Array(text.utf8)) }
        let name = try some(HostName("pc01"))
        Hostile().text("r1;pc01;g;00:11:22:33:44:55;10.0.0.5;;;;student;;1") { text in
            _ = try? NewHost(parsing: Array(text.utf8), named: name).entry(in: .default)
        }
    }

    @Test("N1: start.conf, setup.ini, commands, neighbours") func others() {
        Hostile().text(Samples.startConf) { text in
            let conf = StartConf(parsing: Array(text.utf8), file: "start.conf.x")
            _ = conf.partitions.map { ($0.size, $0.dev, $0.isBootable) }
        }
        Hostile().text(Samples.setup) { text in _ = SetupIni(parsing: Array(text.utf8), file: "setup.ini") }
        Hostile().text(Samples.arp) { text in _ = NeighbourTable.parse(Array(text.utf8)) }
        Hostile().text("format:2,sync:1,create_image:1:x,start:1") { text in _ = try? LinboCommandList(parsing: text) }
        Hostile().text("10.0.0.1") { text in _ = IPAddress(text) }
        for time in [Int.min, -1, 0, 1 << 40, .max] { _ = localTime(time) }
    }
}
