import Testing

@testable import LinboModel

@Suite("Addresses")
struct AddressTests {
    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("255.255.255.255", "255.255.255.255"), ("0.0.0.0", "0.0.0.0"),
        ("::ffff:10.0.0.1", "10.0.0.1"), ("::FFFF:0a00:0001", "10.0.0.1"), ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("::1", "::1"), ("::", "::"),
    ])
    func takes(_ text: String, _ canonical: String) throws {
        #expect(try some(IPAddress(text)).description == canonical)
    }

    @Test(arguments: [
        "", "10", "10.0.1", "010.0.0.1", "10.0.0.01", "00.0.0.0", "256.0.0.1", "10.0.0.1.", ".10.0.0.1", "10..0.1",
        "10.0.0.1 ", " 10.0.0.1", "10.0.0.1.1", "10.0.0.1%eth0", "0x0a.0.0.1", "٣.0.0.1", "::1\0", "::1\0junk",
        "fe80::1%",
        "fe80::1%a%b", ":::", "12345::", "99999999999999.0.0.1", "[::1]",
    ])
    func refuses(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
    ])
    func loopback(_ text: String, _ isLoopback: Bool) throws {
        #expect(try some(IPAddress(text)).isLoopback == isLoopback)
    }

    @Test func bytes() throws {
        #expect(try some(IPAddress("10.0.0.1")).bytes == [10, 0, 0, 1])
        #expect(IPAddress(v4: 0x0A00_0001) == IPAddress("10.0.0.1"))
        #expect(IPAddress(bytes: [10, 0, 0]) == nil)
        let six = try some(IPAddress("2001:db8::ff"))
        #expect(!six.isIPv4 && IPAddress(bytes: six.bytes) == six)
    }

    @Test(arguments: ["00:11:22:aA:bB:fF", "00-11-22-AA-BB-FF"])
    func macs(_ text: String) throws {
        let mac = try some(MACAddress(text))
        #expect(mac.description == "00:11:22:aa:bb:ff")
        #expect(MACAddress(bytes: [0, 0x11, 0x22, 0xAA, 0xBB, 0xFF]) == mac)
    }

    @Test(arguments: [
        "", "00:11:22:33:44", "00:11:22:33:44:55:66", "00:11:22-33:44:55", "001122334455", "0:11:22:33:44:555",
        "00:11:22:33:44:5g", " 0:11:22:33:44:55", "00.11.22.33.44.55", "００:11:22:33:44",
    ])
    func refusesMAC(_ text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1:69"), ("10.0.0.1:0", "10.0.0.1:0"), ("::", "[::]:69"), ("[::]", "[::]:69"),
        ("[::1]:1069", "[::1]:1069"), ("10.0.0.1:65535", "10.0.0.1:65535"),
    ])
    func listens(_ text: String, _ canonical: String) throws {
        #expect(try some(ListenAddress(text, defaultPort: 69)).description == canonical)
    }

    @Test(arguments: [
        "[::]69", "[::]+69", "[::]:+69", "[::]:-1", "[::]: 69", "[::]:", "[::", "[::]:69:", "10.0.0.1:+69", "10.0.0.1:",
        "10.0.0.1:65536", "10.0.0.1:٦٩", "10.0.0.1:69 ", ":69", "",
    ])
    func listensNowhere(_ text: String) {
        #expect(ListenAddress(text, defaultPort: 69) == nil)
    }
}
