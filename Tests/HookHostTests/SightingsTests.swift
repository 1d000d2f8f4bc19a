import Foundation
import LinboModel
import LinuxKit
import Logging
import Synchronization
import Testing

@testable import HookHost

/// What it costs to ask who is behind an address: anybody can ask in the name of any.
@Suite("MACs behind addresses") struct SightingsTests {
    private final class Directory {
        let path = FileManager.default.temporaryDirectory.path + "/sightings-\(UUID().uuidString)"

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ text: String, to name: String) throws {
            try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        }
    }

    private static func address(_ number: Int) throws -> IPAddress {
        try #require(IPAddress("10.0.\(number / 250).\(number % 250 + 1)"))
    }

    private static func leases(_ count: Int, mac: String = "52:54:00:00:00:01") throws -> String {
        try (0..<count).map { "0 \(mac) \(try address($0)) * *\n" }.joined()
    }

    @Test("a lease file is parsed once for each change, whoever asks and however often")
    func parsedOnce() throws {
        let directory = try Directory()
        try directory.write(try Self.leases(1000), to: "leases")
        let cache = LeaseCache(.init(path: directory.path + "/leases", format: .dnsmasq))
        DispatchQueue.concurrentPerform(iterations: 2000) { number in
            let address = IPAddress(v4: 0x0A01_0000 + UInt32(number))
            #expect(cache.mac(of: address, at: 1) == nil)
        }
        #expect(cache.reads == 1)
        #expect(cache.mac(of: try Self.address(999), at: 1) != nil)
        // A lease that was given just now counts at once, for an address that had none.
        try directory.write(try Self.leases(1001), to: "leases")
        #expect(cache.mac(of: try Self.address(1000), at: 1) != nil)
        #expect(cache.reads == 2)
        // One whose file is gone is over; a file that comes back is read.
        try FileManager.default.removeItem(atPath: directory.path + "/leases")
        // For as long as the reader rests the last read counts.
        while cache.mac(of: try Self.address(5), at: 1) != nil {}
        try directory.write(try Self.leases(6), to: "leases")
        #expect(cache.mac(of: try Self.address(5), at: 1) != nil)
    }

    @Test("Kea's leases are all of its files, in its own order")
    func kea() throws {
        let directory = try Directory()
        let header =
            "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n"
        func row(_ address: String, _ mac: String) -> String {
            "\(address),\(mac),,86400,1000000,1,0,0,pc,0,,0\n"
        }
        let cache = LeaseCache(.init(path: directory.path + "/kea.csv", format: .kea))
        func mac(_ address: String) throws -> String? {
            // For as long as the reader rests the last read counts.
            MonotonicClock.sleep(until: MonotonicClock.now() + 5_000_000)
            return cache.mac(of: try #require(IPAddress(address)), at: 1)?.description
        }
        // What kea-lfc leaves after an hour.
        try directory.write(header, to: "kea.csv")
        try directory.write(header + row("10.0.0.1", "52:54:00:00:00:01"), to: "kea.csv.2")
        #expect(try mac("10.0.0.1") == "52:54:00:00:00:01")
        // Newer rows win, in whatever file.
        try directory.write(header + row("10.0.0.1", "52:54:00:00:00:02"), to: "kea.csv.1")
        #expect(try mac("10.0.0.1") == "52:54:00:00:00:02")
        try directory.write(header + row("10.0.0.1", "52:54:00:00:00:03") + "10.0.0.1,52:54:00:0", to: "kea.csv")
        #expect(try mac("10.0.0.1") == "52:54:00:00:00:03")
        // What is completed takes the place of the older two.
        try directory.write(header + row("10.0.0.2", "52:54:00:00:00:04"), to: "kea.csv.completed")
        try directory.write(header, to: "kea.csv")
        #expect(try mac("10.0.0.2") == "52:54:00:00:00:04")
        #expect(try mac("10.0.0.1") == nil)
    }

    @Test(
        "of a file that its server appends to, what is new is read, whatever its size",
        arguments: [LeaseFormat.isc, .kea])
    func appended(_ format: LeaseFormat) throws {
        func record(_ number: Int) throws -> String {
            let address = try Self.address(number)
            return format == .kea
                ? "\(address),52:54:00:00:00:01,,86400,1000000,1,0,0,pc,0\n"
                : "lease \(address) {\n  ends epoch 1000000;\n  binding state active;\n  hardware ethernet 52:54:00:00:00:01;\n}\n"
        }
        let header =
            format == .kea
            ? "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state\n"
            : "# leases\n"
        let directory = try Directory()
        let path = directory.path + "/leases"
        var text = try header + (0..<1000).map(record).joined()
        try directory.write(text, to: "leases")
        let cache = LeaseCache(.init(path: path, format: format))
        cache.refresh()
        #expect(cache.bytesRead == text.utf8.count)
        // In pieces that end anywhere, as a server's buffer does.
        let new = Array(try (1000..<1010).map(record).joined().utf8)
        for start in stride(from: 0, to: new.count, by: 7) {
            let file = try #require(fopen(path, "a"))
            let piece = Array(new[start..<min(start + 7, new.count)])
            fwrite(piece, 1, piece.count, file)
            fclose(file)
            cache.refresh()
        }
        for number in 0..<1010 { #expect(cache.lastMAC(of: try Self.address(number), at: 1) != nil, "\(number)") }
        // Each look reads the record that was not ended anew, and no more.
        #expect(cache.bytesRead < text.utf8.count + new.count * 40)
        // One that is written anew in its place is read whole, though it is longer.
        text = try header + (2000..<3100).map(record).joined()
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
        cache.refresh()
        #expect(cache.lastMAC(of: try Self.address(0), at: 1) == nil)
        for number in 2000..<3100 { #expect(cache.lastMAC(of: try Self.address(number), at: 1) != nil) }
    }

    @Test("a lease file that can't be read is told, and so is none where hosts need one")
    func leaseProblems() throws {
        let directory = try Directory()
        try FileManager.default.createDirectory(
            atPath: directory.path + "/schools/default-school", withIntermediateDirectories: true)
        try directory.write(
            "r1;pc1;g;52:54:00:00:00:01;DHCP;;;;;;1\n", to: "schools/default-school/devices.csv")
        let place = SourceLocation(file: "c.yaml", line: 3)
        func problems() -> [Problem] {
            HostDirectory(
                schools: directory.path + "/schools",
                addresses: AddressTable(
                    neighbours: "/dev/null", leaseFiles: [.init(path: directory.path + "/leases", format: .isc)]),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ).addressProblems(at: place)
        }
        #expect(problems().map(\.location) == [place])
        try directory.write("", to: "leases")
        #expect(problems().isEmpty)
        try FileManager.default.removeItem(atPath: directory.path + "/leases")
        try FileManager.default.createDirectory(atPath: directory.path + "/leases", withIntermediateDirectories: true)
        #expect(problems().map(\.location.file) == [directory.path + "/leases"])
    }

    @Test("while a lease file can't be read, what was known counts, and why is told; then it is read again")
    func unreadable() throws {
        let directory = try Directory()
        let path = directory.path + "/leases"
        let address = try #require(IPAddress("10.0.0.1"))
        try directory.write("0 52:54:00:00:00:01 10.0.0.1 * *\n", to: "leases")
        let cache = LeaseCache(.init(path: path, format: .dnsmasq))
        #expect(cache.problem == nil && cache.lastMAC(of: address, at: 1) != nil)
        for breakage in 0..<3 {
            try FileManager.default.removeItem(atPath: path)
            switch breakage {
            case 0: mkdir(path, 0o755)
            case 1: mkfifo(path, 0o644)
            default:
                // Sparse: it has a size, and no blocks.
                close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o644))
                truncate(path, off_t(LeaseCache.sizeLimit) + 1)
            }
            #expect(cache.problem?.contains(path) == true)
            #expect(cache.mac(of: address, at: 1)?.description == "52:54:00:00:00:0\(breakage + 1)")
            try FileManager.default.removeItem(atPath: path)
            try directory.write("0 52:54:00:00:00:0\(breakage + 2) 10.0.0.1 * *\n", to: "leases")
            #expect(cache.problem == nil)
            #expect(cache.lastMAC(of: address, at: 1)?.description == "52:54:00:00:00:0\(breakage + 2)")
        }
    }

    @Test("a lease that ends is over without a change of its file")
    func ends() throws {
        let directory = try Directory()
        try directory.write("100 52:54:00:00:00:01 10.0.0.1 * *\n", to: "leases")
        let cache = LeaseCache(.init(path: directory.path + "/leases", format: .dnsmasq))
        let address = try #require(IPAddress("10.0.0.1"))
        #expect(cache.mac(of: address, at: 99) != nil)
        #expect(cache.mac(of: address, at: 100) == nil)
        #expect(cache.reads == 1)
    }

    @Test("a neighbour that came into the table right before its first packet is seen")
    func newNeighbour() throws {
        let directory = try Directory()
        let head = "IP address HW type Flags HW address Mask Device\n"
        try directory.write(head, to: "arp")
        let cache = NeighbourCache(path: directory.path + "/arp")
        for number in 0..<50 {
            let address = try Self.address(number)
            #expect(cache.mac(of: address) == nil)
            try directory.write(head + "\(address) 0x1 0x2 52:54:00:00:00:01 * eth0\n", to: "arp")
            #expect(cache.mac(of: address) != nil)
            #expect(cache.lastMAC(of: address) != nil)
        }
    }

    @Test("a host with DHCP in devices.csv is known by its MAC, without a look at any file")
    func knownByMAC() throws {
        let directory = try Directory()
        try FileManager.default.createDirectory(
            atPath: directory.path + "/default-school", withIntermediateDirectories: true)
        try directory.write(
            "r101;pc01;win11;52:54:00:00:00:01;DHCP;;;;;;1;;;;\nr101;pc02;win11;52:54:00:00:00:02;10.9.0.2;;;;;;1;;;;\n",
            to: "default-school/devices.csv")
        try directory.write("0 52:54:00:00:00:01 10.9.0.1 * *\n0 52:54:00:00:00:02 10.9.0.3 * *\n", to: "leases")
        let hosts = HostDirectory(
            schools: directory.path,
            addresses: AddressTable(
                neighbours: "/dev/null", leaseFiles: [.init(path: directory.path + "/leases", format: .dnsmasq)]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (first, second) = (try #require(IPAddress("10.9.0.1")), try #require(IPAddress("10.9.0.2")))
        // `knows` never reads: it is told by those who do.
        #expect(!hosts.knows(first) && hosts.knows(second))
        #expect(hosts.client(at: first).host?.name.description == "pc01")
        #expect(hosts.knows(first))
        // Its address is another one.
        #expect(hosts.client(at: try #require(IPAddress("10.9.0.3"))).host == nil)
        #expect(!hosts.knows(try #require(IPAddress("10.9.0.3"))))
    }

    @Test("a look that hangs is waited for by nobody for ever, and by nobody at all once that is known")
    func hangs() async throws {
        let gate = DispatchSemaphore(value: 0)
        let counter = Counter()
        let lookout = Lookout {
            counter.value.add(1, ordering: .relaxed)
            gate.wait()
        }
        // Comes back though nobody has opened the gate.
        while lookout.hangs == nil { lookout.look() }
        for _ in 0..<1000 { lookout.look() }
        #expect(counter.value.load(ordering: .relaxed) == 1)
        gate.signal()
        gate.signal()
        // One more look, as some were asked for meanwhile; then it is as ever.
        while lookout.hangs != nil { await Task.yield() }
        gate.signal()
        lookout.look()
        #expect(counter.value.load(ordering: .relaxed) >= 2)
        for _ in 0..<10 { gate.signal() }
    }

    private final class Counter: Sendable { let value = Atomic<Int>(0) }
}
