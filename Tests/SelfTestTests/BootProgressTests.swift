import LinboModel
import Testing

@testable import SelfTest

@Suite("How far a boot came")
struct BootProgressTests {
    private static func progress(hasKernel: Bool = true) throws -> BootProgress {
        let host = Host(
            name: try #require(HostName("pc01")), room: "r1", group: try #require(GroupName("win11")),
            mac: try #require(MACAddress("52:54:00:00:00:01")), address: nil,
            source: .init(file: "devices.csv", line: 1))
        return BootProgress(host: host, hasKernel: hasKernel)
    }

    private static func file(_ path: String, _ outcome: String = "delivered") -> TestTransfer {
        TestTransfer(host: "pc01", path: path, outcome: outcome, bytes: 12, isDelivered: outcome == "delivered")
    }

    @Test("dnsmasq's lines, once each; others are none") func dhcp() throws {
        var progress = try Self.progress()
        let line = "Nov 25 02:24:00 dnsmasq-dhcp[123]: DHCPDISCOVER(br0) 52:54:00:00:00:01 "
        #expect(progress.dhcp(line)?.text == "DHCPDISCOVER(br0) 52:54:00:00:00:01")
        #expect(progress.dhcp(line) == nil)
        #expect(progress.dhcp("dnsmasq-dhcp: DHCP, IP range 10.0.0.1 -- 10.0.0.1, lease time 1h") == nil)
        #expect(!progress.hasAddress)
        #expect(progress.dhcp("dnsmasq-dhcp: DHCPACK(br0) 10.0.0.11 52:54:00:00:00:01 pc01")?.isFine == true)
        #expect(progress.hasAddress)
        #expect(progress.dhcp("dnsmasq-dhcp: DHCPNAK(br0) 10.0.0.11 wrong address")?.isFine == false)
    }

    @Test("Done with the kernel's last file, in a tree without one with the configuration; never by a miss")
    func done() throws {
        var whole = try Self.progress()
        var small = try Self.progress(hasKernel: false)
        for (path, outcome) in [
            ("boot/grub/i386-pc/core.0", "delivered"), ("boot/grub/hostcfg/pc01.cfg", "not there"),
            ("linbofs64", "failed: the client ended it"), ("boot/grub/hostcfg/pc02.cfg", "delivered"),
        ] {
            _ = whole.transfer(Self.file(path, outcome))
            _ = small.transfer(Self.file(path, outcome))
            #expect(!whole.isDone && !small.isDone)
        }
        for path in ["boot/grub/win11.cfg", "linbo64"] {
            _ = whole.transfer(Self.file(path))
            _ = small.transfer(Self.file(path))
            #expect(!whole.isDone && small.isDone)
        }
        _ = whole.transfer(Self.file("linbofs64"))
        #expect(whole.isDone)
    }

    @Test("What is missing first is told, with where to look") func missing() throws {
        var progress = try Self.progress()
        #expect(progress.whatIsMissing.contains("no address"))
        _ = progress.dhcp("dnsmasq-dhcp: DHCPACK(br0) 10.0.0.11 52:54:00:00:00:01 pc01")
        #expect(progress.whatIsMissing.contains("fetched nothing"))
        _ = progress.transfer(Self.file("boot/grub/i386-pc/core.0"))
        #expect(progress.whatIsMissing.contains("linboctl explain pc01 boot/grub/hostcfg/pc01.cfg"))
        _ = progress.transfer(Self.file("boot/grub/hostcfg/pc01.cfg"))
        #expect(progress.whatIsMissing.contains("did not ask for linbo64"))
        _ = progress.transfer(Self.file("linbo64", "failed: closed"))
        #expect(progress.whatIsMissing.contains("did not take linbo64 (failed: closed)"))
    }

    @Test("GRUB's nine first tries are not shown, a stranger's transfer is named") func shown() throws {
        var progress = try Self.progress()
        #expect(progress.transfer(Self.file("boot/grub/grub.cfg-0A", "not there")) == nil)
        #expect(progress.transfer(Self.file("boot/grub/x86_64-efi/core.efi", "not read"))?.isFine == true)
        #expect(
            progress.transfer(Self.file("linbo64", "failed: the client ended it: error 0 (closed)"))?.isFine == true)
        let stranger = TestTransfer(host: nil, path: "linbo64", outcome: "delivered", bytes: 1, isDelivered: true)
        #expect(progress.transfer(stranger)?.text == "linbo64: delivered, 1 bytes (for an unknown client)")
    }

    @Test(
        "One network holds server and host",
        arguments: [
            ("10.0.0.1", "10.0.0.11", 24, "255.255.255.0"), ("10.16.1.1", "10.16.3.11", 22, "255.255.252.0"),
            ("10.0.0.1", "192.168.1.1", 0, "0.0.0.0"), ("10.0.0.1", "10.0.0.2", 24, "255.255.255.0"),
        ])
    func network(server: String, host: String, prefix: Int, mask: String) throws {
        let own = try #require(IPAddress(server))
        let network = try TestNetwork(server: own, host: IPAddress(host))
        #expect(network.prefix == prefix && network.mask == mask)
    }

    @Test("A host without an address gets one beside the server's") func free() throws {
        let same = try #require(IPAddress("10.0.0.1"))
        let plain = try TestNetwork(server: same, host: nil)
        #expect(plain.host.description == "10.0.0.100")
        let hundred = try #require(IPAddress("10.0.0.100"))
        let other = try TestNetwork(server: hundred, host: nil)
        #expect(other.host.description == "10.0.0.101")
    }

    @Test(
        "An address that no network can have is told as what it is",
        arguments: [
            ("10.0.0.1", "10.0.0.1", TestNetwork.Unfit.hostIsServer), ("fd00::1", "10.0.0.11", .serverIsIPv6),
            ("fd00::1", nil, .serverIsIPv6), ("10.0.0.1", "fd00::2", .hostIsIPv6),
        ] as [(String, String?, TestNetwork.Unfit)])
    func unfit(server: String, host: String?, reason: TestNetwork.Unfit) throws {
        let own = try #require(IPAddress(server))
        #expect(throws: reason) { try TestNetwork(server: own, host: host.flatMap { IPAddress($0) }) }
    }
}
