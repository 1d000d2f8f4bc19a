import HookStore
import LinboModel
import Testing

@testable import Timeline

/// What requests tell of boots.
@Suite struct BootTests {
    private static func entry(
        _ second: Int64, _ transport: String, _ path: String, _ decision: String = "plain",
        _ outcome: String = "delivered", duration: Int64 = 0, reason: String? = nil
    ) -> AuditEntry {
        AuditEntry(
            at: second * 1000, transport: transport, connection: "-", address: "10.0.0.1", host: "pc07", path: path,
            intent: "fetch", decision: Decision(rawValue: decision), outcome: OutcomeWord(rawValue: outcome),
            reason: reason, duration: duration)
    }

    private static let grub = [
        entry(0, "tftp", "boot/grub/i386-pc/core.0"), entry(1, "tftp", "boot/grub/grub.cfg"),
        entry(1, "tftp", "boot/grub/spool/.reboot", "missing", "not there"),
        entry(2, "tftp", "linbo64"), entry(2, "tftp", "linbofs64", duration: 3000),
    ]

    private static func host(_ group: String) throws -> Host {
        let file = Devices.parse(
            Array("r101;pc07;\(group);52:54:00:00:00:07;10.0.0.1;;;;;;1\n".utf8), file: "devices.csv",
            school: .default)
        return try #require(file.hosts.first)
    }

    @Test("a whole boot: how far, how long, which image") func whole() throws {
        let entries =
            Self.grub + [
                Self.entry(7, "rsync", "start.conf.win11"),
                Self.entry(8, "rsync", "linbocmd/pc07.cmd", "missing", "not there"),
                Self.entry(9, "rsync", "images/win11/win11.qcow2", duration: 60_000),
                Self.entry(70, "rsync", "images/win11/win11.qcow2.macct", "hidden", "not there"),
            ]
        let boot = try #require(BootHistory(entries).boots.first)
        #expect(BootHistory(entries).boots.count == 1)
        #expect(boot.reached == .system && boot.image == "win11.qcow2" && boot.seconds == 70 && boot.fault == nil)
        #expect(
            boot.verdict(of: try Self.host("win11"), groups: []).hasSuffix(
                "starting its system in 70 s, with win11.qcow2"))
    }

    @Test("a group without start.conf is the verdict, with its neighbour") func group() throws {
        let entries = Self.grub + [Self.entry(7, "rsync", "start.conf.win11-uefi", "missing", "not there")]
        let boot = try #require(BootHistory(entries).boots.first)
        #expect(boot.reached == .kernel)
        let verdict = boot.verdict(of: try Self.host("win11-uefi"), groups: ["mint", "win11-efi"])
        #expect(
            verdict.hasSuffix(
                "came as far as LINBO's kernel in 7 s; start.conf.win11-uefi is not there "
                    + "(devices.csv:1 has group win11-uefi, there is one of 'win11-efi')"), "\(verdict)")
    }

    @Test("boots are told apart, by a new start and by silence") func several() {
        let again = Self.grub.map { entry in
            var entry = entry
            entry.at += 100_000
            return entry
        }
        #expect(BootHistory(Self.grub + [Self.entry(8, "rsync", "start.conf.win11")] + again).boots.count == 2)
        // GRUB may ask twice before LINBO is there.
        #expect(BootHistory(Self.grub + again).boots.count == 1)
        let late = Self.entry(2000, "rsync", "linuxmuster-client/x")
        #expect(BootHistory(Self.grub + [late]).boots.map(\.reached) == [.kernel, .linbo])
        #expect(BootHistory([]).boots.isEmpty)
    }

    @Test("what is refused, or breaks off, is the fault") func faults() throws {
        let refused = BootHistory([
            Self.entry(0, "rsync", "images/w/w.reg", "refused", "delivered", reason: "another card")
        ])
        #expect(refused.boots.first?.fault == "images/w/w.reg: another card")
        let broken = BootHistory([Self.entry(0, "rsync", "images/w/w.qcow2", "plain", "failed: cut off")])
        #expect(
            broken.boots.first?.fault == "images/w/w.qcow2: failed: the file was cut off while it was sent"
                && broken.boots.first?.image == "w.qcow2")
    }
}
