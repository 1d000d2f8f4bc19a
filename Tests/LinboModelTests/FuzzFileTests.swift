import FuzzKit
import Testing

@testable import LinboModel

@Suite("Fuzz of files")
struct FuzzFileTests {
    @Test func devices() throws {
        let latin1: [UInt8] =
            [0xEF, 0xBB, 0xBF] + Samples.bytes("B") + [0xFC] + Samples.bytes("ro;a;g;00:11:22:33:44:09;DHCP\r\n")
        var fuzz = Fuzz(
            "devices",
            samples: [Samples.bytes(Samples.devices), latin1, Samples.bytes("r;pc01;g;00:11:22:33:44:08;10.0.0.8\n")],
            spice: ";#:.-,DHCP0123")
        for _ in 0..<6_000 {
            let bytes = fuzz.next()
            let devices = try Samples.load(bytes)
            for host in devices.hosts {
                let isFound = devices.host(named: host.name) == host
                let byMAC = devices.host(mac: host.mac)
                let byAddress = host.address.flatMap { devices.host(at: $0) }
                guard isFound, byMAC == host || (byMAC == nil && !devices.problems.isEmpty),
                    host.address == nil || byAddress == host || (byAddress == nil && !devices.problems.isEmpty),
                    !hasControlCharacter(host.room), !hasControlCharacter(host.comment), (0...3).contains(host.pxe)
                else {
                    Issue.record("\(host.name) in \(bytes)")
                    return
                }
            }
            for problem in devices.problems where problem.description.contains("BCDFG-HJKMP-QRTVW") {
                Issue.record("a key in: \(problem)")
            }
        }
    }

    @Test func startConfs() {
        var fuzz = Fuzz(
            "start.conf", texts: [Samples.startConf, "[OS]\nName=x\n[LINBO]\nCache = y\n"], spice: "[]=# \"$kMG0")
        for _ in 0..<4_000 {
            let bytes = fuzz.next()
            let conf = StartConf(parsing: bytes, file: "start.conf.x")
            let values = [conf.linbo.values] + conf.partitions.map { $0.values } + conf.systems.map { $0.values }
            for (key, value) in values.joined()
            where key != key.lowercased() || hasControlCharacter(value) || value.hasSuffix(" ") {
                Issue.record("\(key)=\(value.debugDescription)")
            }
            _ = conf.partitions.map { ($0.size, $0.dev, $0.isBootable) }
        }
    }

    /// A row of a registration: what is read is what devices.csv's parser reads of the row that is made of it.
    @Test func newHosts() throws {
        let name = try some(HostName("pc01"))
        let sample = "r1;pc01;g;00:11:22:33:44:55;10.0.0.5;;;;student;;1"
        var fuzz = Fuzz(
            "new host", texts: [sample, "\(sample);;;;comment\r\n", "g-r;pc01;g;00-11-22-33-44-55;DHCP;;;;a;;0\n"],
            spice: ";:.-=+@\"',1DHCP\u{85}")
        var taken = 0
        for _ in 0..<20_000 {
            let bytes = fuzz.next()
            guard let new = try? NewHost(parsing: bytes, named: name) else { continue }
            taken += 1
            let (row, host) = try new.entry(in: .default)
            let isSame =
                host.name == new.name && host.mac == new.mac && host.address == new.address
                && host.group == new.group && host.room == new.room.text && host.pxe == new.pxe && host.role == new.role
                && host.comment == new.comment && host.dhcpOptions.isEmpty
            if !isSame || !row.allSatisfy({ $0.isASCII && !"\n\r\"'=@+$`|\\\t".contains($0) }) {
                Issue.record("\(bytes) made \(row.debugDescription)")
            }
        }
        #expect(taken > 100)
    }

    @Test func infos() {
        var fuzz = Fuzz("info", texts: [Samples.info], spice: "[]\"=$`09")
        for _ in 0..<10_000 {
            guard let info = try? ImageInfo(parsing: fuzz.next(), file: "x.info") else { continue }
            for text in [info.name, info.image, info.timestamp]
            where text.contains("/") || text.isEmpty || text.hasPrefix(".") {
                Issue.record("\(info)")
            }
        }
    }

    @Test func setups() {
        var fuzz = Fuzz("setup", texts: [Samples.setup], spice: "=:[]#;")
        for _ in 0..<8_000 {
            let setup = SetupIni(parsing: fuzz.next(), file: "setup.ini")
            for (key, value) in setup.values
            where key.isEmpty || hasControlCharacter(key + value) || key.contains("adminpw") {
                Issue.record("\(key)=\(value)")
            }
        }
    }

    @Test(arguments: [(LeaseFormat.isc, Samples.isc), (.kea, Samples.kea), (.dnsmasq, Samples.dnsmasq)])
    func leases(_ format: LeaseFormat, _ sample: String) {
        var fuzz = Fuzz(format.rawValue, texts: [sample], spice: "{};\"\\,#09:./")
        for _ in 0..<5_000 {
            let bytes = fuzz.next()
            let table = Leases.parse(bytes, format: format, now: 1_500)
            let later = Leases.parse(bytes, format: format, now: .max - 1)
            guard later.allSatisfy({ table[$0.key] == $0.value }) else {
                Issue.record("time brings leases: \(bytes)")
                return
            }
        }
    }

    @Test func neighbours() {
        var fuzz = Fuzz("arp", texts: [Samples.arp], spice: "0x12:.")
        for _ in 0..<6_000 {
            let bytes = fuzz.next()
            guard NeighbourTable.parse(bytes).values.allSatisfy({ !$0.isZero }) else {
                Issue.record("a MAC of zeros: \(bytes)")
                return
            }
        }
    }
}
