import Glibc
import LinuxKit
import Testing

@Suite struct InterfaceAddressTests {
    @Test("all are this machine's, of interfaces that are up; loopback is among them, and reaches its network")
    func all() throws {
        let all = try InterfaceAddress.all()
        let loopback = try #require(all.first { $0.address == [127, 0, 0, 1] })
        #expect(loopback.mask == [255, 0, 0, 0] && loopback.flags & UInt32(IFF_LOOPBACK) != 0)
        #expect(!loopback.canBroadcast)
        #expect(loopback.reaches([127, 9, 8, 7]) && !loopback.reaches([128, 0, 0, 1]))
        for interface in all {
            #expect(interface.flags & UInt32(IFF_UP) != 0 && interface.mask.count == interface.address.count)
            // An address of IPv6 may need its interface besides, or wait until nobody else claims it.
            guard interface.address.count == 4 else { continue }
            let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { close(descriptor) }
            let bound = SocketName(interface.address, port: 0).withPointer { bind(descriptor, $0, $1) }
            #expect(bound == 0, "\(interface.address)")
        }
    }

    @Test(
        "an address is in the network whose bits it has, up to the mask's last one; one of another family is not",
        arguments: [
            ([10, 0, 7, 1], true), ([10, 0, 4, 0], true), ([10, 0, 7, 255], true), ([10, 0, 8, 1], false),
            ([10, 0, 3, 255], false), ([11, 0, 7, 1], false), ([], false), ([10, 0, 7], false),
            ([UInt8](repeating: 0, count: 12) + [10, 0, 7, 1], false),
        ])
    func reaches(_ other: [UInt8], _ isReached: Bool) {
        let own = InterfaceAddress(address: [10, 0, 5, 9], mask: [255, 255, 252, 0], flags: 0)
        #expect(own.reaches(other) == isReached)
    }

    @Test("IPv6 is compared in all of its sixteen bytes")
    func reachesIPv6() {
        let prefix: [UInt8] = [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 1]
        let mask = [UInt8](repeating: 255, count: 8) + [UInt8](repeating: 0, count: 8)
        let own = InterfaceAddress(address: prefix + [0, 0, 0, 0, 0, 0, 0, 1], mask: mask, flags: 0)
        #expect(own.reaches(prefix + [9, 9, 9, 9, 9, 9, 9, 9]))
        #expect(!own.reaches(prefix.dropLast() + [2, 0, 0, 0, 0, 0, 0, 0, 1]))
    }
}
