import Testing

@testable import LinboModel

@Suite("Leases and neighbours")
struct LeasesTests {
    /// 2026-05-04 07:30:00 UTC, in the middle of the sample's lease.
    static let now: Int64 = 1_777_879_800

    private func leases(_ text: String, _ format: LeaseFormat, now: Int64 = now) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: Leases.parse(Samples.bytes(text), format: format, now: now).map {
                ($0.key.description, $0.value.description)
            })
    }

    private func block(_ inside: String, address: String = "10.0.0.5") -> String {
        "lease \(address) {\n\(inside)\n}\n"
    }

    private static let active = "binding state active; hardware ethernet 00:11:22:33:44:55; ends never;"

    @Test(arguments: [(now, true), (now + 1_799, true), (now + 1_800, false), (now + 99_999, false)])
    func iscEnds(_ now: Int64, _ isActive: Bool) {
        #expect(leases(Samples.isc, .isc, now: now) == (isActive ? ["10.0.0.5": "00:11:22:33:44:55"] : [:]))
    }

    @Test(arguments: [
        ("binding state free; hardware ethernet 00:11:22:33:44:55; ends never;", false), (active, true),
        ("next binding state active; hardware ethernet 00:11:22:33:44:55; ends never;", false),
        ("binding state active; ends never;", false),
        ("binding state active; hardware ethernet 00:11:22:33:44:55;", false),
        ("binding state active; hardware ethernet 00:11:22:33:44:55; ends epoch 9999999999; # x", true),
        ("binding state active; hardware ethernet 00:11:22:33:44:55; ends 1 2026/13/04 08:00:00;", false),
        ("binding state active; hardware ethernet 00:11:22:33:44:55; ends 1 99999999999/01/01 08:00:00;", false),
        ("binding state active; hardware token-ring 00:11:22:33:44:55; ends never;", false),
        (
            "on expiry { binding state active; { } } binding state free; hardware ethernet 00:11:22:33:44:55; ends never;",
            false
        ),
    ])
    func iscBlock(_ inside: String, _ isActive: Bool) {
        #expect(leases(block(inside), .isc).count == (isActive ? 1 : 0))
    }

    @Test("The last block of an address counts; one that is still being written does not")
    func iscLast() {
        let other = Self.active.replacing("44:55", with: "44:66")
        #expect(leases(block(Self.active) + block(other), .isc) == ["10.0.0.5": "00:11:22:33:44:66"])
        #expect(leases(block(Self.active) + block("binding state free;"), .isc) == [:])
        #expect(leases(block(Self.active) + "lease 10.0.0.5 {\n \(other)", .isc) == ["10.0.0.5": "00:11:22:33:44:55"])
        #expect(leases("failover peer \"x\" state { my state normal; }\n" + block(Self.active), .isc).count == 1)
    }

    @Test(
        "A client's host name can't write a lease",
        arguments: [
            #"client-hostname "x; } lease 10.0.0.1 { \#(active) }";"#,
            #"client-hostname "a\"; } lease 10.0.0.1 { \#(active) } x \"";"#,
            #"uid "\\"; client-hostname "} lease 10.0.0.1 { \#(active) }";"#,
        ])
    func iscInjection(_ statement: String) {
        #expect(leases(block(Self.active + "\n" + statement), .isc) == ["10.0.0.5": "00:11:22:33:44:55"])
    }

    @Test func dnsmasq() {
        let both = ["10.0.0.5": "00:11:22:33:44:55", "10.0.0.6": "00:11:22:33:44:66"]
        #expect(leases(Samples.dnsmasq, .dnsmasq, now: 1_999) == both)
        #expect(leases(Samples.dnsmasq, .dnsmasq, now: 2_000).keys.sorted() == ["10.0.0.6"])
        #expect(leases("0 06-00:11:22:33:44:55 10.0.0.5 * *\n0 x\n", .dnsmasq) == [:])
    }

    @Test func kea() {
        #expect(leases(Samples.kea, .kea, now: 1_999).count == 2)
        #expect(leases(Samples.kea, .kea, now: 2_000) == [:])
    }

    @Test(
        "Later rows of Kea override",
        arguments: [
            ("10.0.0.5,00:11:22:33:44:77,,3600,3000,1,0,0,,0,,0\n", "00:11:22:33:44:77"),
            ("10.0.0.5,00:11:22:33:44:55,,0,3000,1,0,0,,0,,0\n", nil),
            ("10.0.0.5,00:11:22:33:44:55,,3600,3000,1,0,0,,1,,0\n", nil),
            ("10.0.0.5,00:11:22:33:44:55,,4294967295,1,1,0,0,,0,,0\n", "00:11:22:33:44:55"),
            ("10.0.0.5,,,3600,3000,1,0,0,,0,,0\n", nil),
            ("10.0.0.5,00:11:22:33:44:77,,3600,3000,1,0,0,,0", "00:11:22:33:44:55"),
        ] as [(String, String?)])
    func keaRow(_ row: String, _ mac: String?) {
        #expect(leases(Samples.kea + row, .kea, now: 1_500)["10.0.0.5"] == mac)
    }

    @Test func neighbours() throws {
        let table = NeighbourTable.parse(Samples.bytes(Samples.arp))
        #expect(table.count == 2)
        #expect(table[try some(IPAddress("10.0.0.5"))] == MACAddress("00:11:22:33:44:55"))
        #expect(table[try some(IPAddress("10.0.0.6"))] == nil)
    }

    @Test("Two networks that disagree identify nobody", arguments: [("44:55", 2), ("44:66", 1)])
    func ambiguous(_ end: String, _ count: Int) {
        let row = "10.0.0.5 0x1 0x2 00:11:22:33:\(end) * eth1\n10.0.0.9 0x20 0x2 00:11:22:33:44:99 * ib0\n"
        #expect(NeighbourTable.parse(Samples.bytes(Samples.arp + row)).count == count)
    }
}
