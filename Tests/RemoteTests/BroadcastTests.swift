import LinboModel
import Remote
import Testing

@Suite struct BroadcastTests {
    @Test("a packet is six bytes of ones, and the address sixteen times")
    func packet() throws {
        let mac: [UInt8] = [0x52, 0x54, 0x00, 0xAB, 0xCD, 0xEF]
        let bytes = MagicPacket.bytes(for: try #require(MACAddress("52:54:00:ab:cd:ef")))
        #expect(bytes.count == 102)
        #expect(bytes == Array(repeating: 0xFF, count: 6) + Array(repeating: mac, count: 16).flatMap { $0 })
    }

    @Test(
        "a network's last address is what all of it hear",
        arguments: [
            ("10.0.0.0/16", "10.0.255.255"), ("10.0.7.9/24", "10.0.7.255"), ("192.168.1.77/30", "192.168.1.79"),
            ("0.0.0.0/0", "255.255.255.255"), ("10.0.0.1/32", "10.0.0.1"), ("10.0.0.0/31", "10.0.0.1"),
        ])
    func broadcast(text: String, last: String) throws {
        #expect(try #require(IPv4Network(text)).broadcast == IPAddress(last))
    }

    @Test(
        "what is no network is none",
        arguments: [
            "", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "fe80::/10", "10.0.0/8", "/8", "10.0.0.0/8/9",
        ])
    func none(text: String) {
        #expect(IPv4Network(text) == nil)
    }

    @Test("subnets.csv: a line each, whatever stands behind; comments, blanks and other forms are none")
    func subnets() throws {
        let text =
            "\u{FEFF}# networks\r\n10.0.0.0/16;10.0.0.254;10.0.100.1\r\n\r\n 10.32.0.0/12 ;;;\nrouter;x\n172.16.0.0/99;\n"
        #expect(Subnets.parse(Array(text.utf8)).map(\.broadcast.description) == ["10.0.255.255", "10.47.255.255"])
        #expect(Subnets.parse([0xFF, 0xFE, 0x00]).isEmpty)
    }

    @Test(
        "the nearest network counts, whoever knows it; a PC without an address is called in all that this machine is in"
    )
    func places() throws {
        func networks(_ texts: [String]) throws -> [IPv4Network] { try texts.map { try #require(IPv4Network($0)) } }
        let places = BroadcastPlaces(
            own: try networks(["10.0.0.0/16", "192.168.1.0/24"]),
            others: try networks(["10.0.7.0/24", "172.16.0.0/12"]))
        func all(_ address: String?) -> [String] {
            places.all(for: address.flatMap { IPAddress($0) }).map(\.description)
        }
        #expect(all("10.0.3.1") == ["10.0.255.255"])
        #expect(all("10.0.7.1") == ["10.0.7.255"])
        #expect(all("172.17.1.1") == ["172.31.255.255"])
        #expect(all(nil) == ["10.0.255.255", "192.168.1.255"])
        #expect(all("8.8.8.8") == all(nil))
        #expect(all("fe80::1") == all(nil))
        #expect(BroadcastPlaces(own: [], others: []).all(for: nil) == [IPAddress(v4: .max)])
    }
}
