import Foundation
import HookHost
import LinboModel
import Logging
import Testing

/// Whether a client is the machine that devices.csv says it is.
@Suite struct MACCheckTests {
    private func doubt(_ check: MACCheck, _ address: String, seen: String?) throws -> String? {
        let directory = FileManager.default.temporaryDirectory.path + "/mac-check-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let line = seen.map { "\(address) 0x1 0x2 \($0) * eth0\n" } ?? ""
        try ("IP address HW type Flags HW address Mask Device\n" + line).write(
            toFile: directory + "/arp", atomically: true, encoding: .utf8)
        let hosts = HostDirectory(
            schools: directory + "/schools",
            addresses: AddressTable(neighbours: directory + "/arp", leaseFiles: [], check: check),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let host = Host(
            name: try #require(HostName("pc01")), room: "r", group: try #require(GroupName("win11")),
            mac: try #require(MACAddress("52:54:00:00:00:01")), address: IPAddress(address),
            source: SourceLocation(file: "devices.csv", line: 1))
        return hosts.doubt(
            about: Client(
                address: try #require(IPAddress(address)), host: host, recognition: .address(host.source)))
    }

    @Test func always() throws {
        #expect(try doubt(.always, "10.9.0.1", seen: "52:54:00:00:00:01") == nil)
        #expect(try doubt(.always, "10.9.0.1", seen: "52:54:00:00:00:02")?.contains("52:54:00:00:00:02") == true)
        #expect(try doubt(.always, "10.9.0.1", seen: nil)?.contains("knows no MAC") == true)
        #expect(try doubt(.always, "fd00::1", seen: nil)?.contains("IPv4 only") == true)
    }

    @Test func never() throws {
        #expect(try doubt(.never, "10.9.0.1", seen: "52:54:00:00:00:02") == nil)
    }

    /// Loopback is no link with MACs, and documentation's network (RFC 5737) no local one.
    @Test func onLocalLinksOnly() throws {
        #expect(try doubt(.onLocalLinks, "127.0.0.2", seen: nil) == nil)
        #expect(try doubt(.onLocalLinks, "203.0.113.9", seen: nil) == nil)
        #expect(try !LocalLinks.reach(#require(IPAddress("127.0.0.2"))))
        #expect(try !LocalLinks.reach(#require(IPAddress("::1"))))
        guard let neighbour = Self.neighbour() else { return }
        #expect(LocalLinks.reach(neighbour))
        #expect(try doubt(.onLocalLinks, neighbour.description, seen: nil) != nil)
        #expect(try doubt(.onLocalLinks, neighbour.description, seen: "52:54:00:00:00:01") == nil)
    }

    /// An address beside one of this machine's own, if it has an Ethernet.
    private static func neighbour() -> IPAddress? {
        guard let routes = try? String(contentsOfFile: "/proc/net/route", encoding: .utf8) else { return nil }
        for line in routes.split(separator: "\n").dropFirst() {
            let columns = line.split(whereSeparator: \.isWhitespace)
            // Interface, destination, gateway, flags, …, mask; in the byte order of the machine.
            guard columns.count > 7, columns[2] == "00000000", let network = UInt32(columns[1], radix: 16)?.byteSwapped,
                let mask = UInt32(columns[7], radix: 16)?.byteSwapped, mask != 0, ~mask > 2,
                !columns[0].hasPrefix("tun"), !columns[0].hasPrefix("lo")
            else { continue }
            let beside = [1, 2, 3].map { IPAddress(v4: network | (~mask - $0)) }
            return beside.first { LocalLinks.reach($0) } ?? beside[0]
        }
        return nil
    }
}
