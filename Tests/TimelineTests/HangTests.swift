import HookHost
import HookStore
import LinboModel
import Testing

@testable import Timeline

/// When a boot does not get on, and when it merely waits.
@Suite struct HangTests {
    private static func boot(_ rows: (Int64, String, String)...) throws -> Boot {
        let entries = rows.map { second, transport, path in
            AuditEntry(
                at: second * 1000, transport: transport, connection: "-", address: "10.0.0.1", host: "pc01",
                path: path, intent: "fetch", decision: path.hasSuffix("?") ? .missing : .plain,
                outcome: path.hasSuffix("!") ? .failed(.text("no answer")) : .delivered)
        }
        return try #require(BootHistory(entries).boots.last)
    }

    private static func cause(_ boot: Boot, _ running: [RunningTransfer] = [], at second: Int64) -> String? {
        Hang.cause(boot, fault: boot.fault, running, now: second * 1000)
    }

    @Test(
        "GRUB without its menu, LINBO's kernel without LINBO, LINBO without start.conf",
        arguments: [
            ("tftp", "boot/grub/i386-pc/core.0", 60, "wrong one for this firmware"),
            ("tftp", "linbofs64", 120, "lacks a driver for the network card"),
            ("rsync", "linbofs64.md5", 60, "no start.conf"),
        ]) func steps(_ transport: String, _ path: String, _ patience: Int64, _ words: String) throws
    {
        let boot = try Self.boot((0, transport, path))
        #expect(Self.cause(boot, at: patience - 1) == nil)
        #expect(Self.cause(boot, at: patience)?.contains(words) == true)
    }

    @Test(
        "in a menu a PC may wait for as long as it likes, and a system tells nothing",
        arguments: [
            ("tftp", "boot/grub/grub.cfg"), ("rsync", "start.conf.win11"), ("rsync", "images/w/w.qcow2"),
            ("rsync", "w.qcow2.macct"),
        ]) func rest(_ transport: String, _ path: String) throws
    {
        #expect(Self.cause(try Self.boot((0, transport, path)), at: 100_000) == nil)
    }

    @Test("what broke off last is the cause, once nobody tries again; what was tried again with success is none")
    func faults() throws {
        let broken = try Self.boot((0, "rsync", "start.conf.win11"), (9, "rsync", "images/w/w.qcow2!.qcow2!"))
        #expect(broken.reached == .startConf || broken.fault != nil)
        #expect(Self.cause(broken, at: 38) == nil && Self.cause(broken, at: 39)?.contains("no answer") == true)
        let again = try Self.boot((9, "rsync", "images/w/w.qcow2!.qcow2!"), (12, "rsync", "start.conf.win11"))
        #expect(again.fault != nil && Self.cause(again, at: 900) == nil)
    }

    @Test("what is on the way is no silence; what stands still for a minute is") func running() throws {
        let boot = try Self.boot((0, "tftp", "linbo64"))
        var transfer = RunningTransfer(
            .tftp, of: "linbofs64", to: "10.0.0.1", host: "pc01", began: 1000, bytes: 100_000_000, sent: 40_000_000)
        transfer.moved = 900_000
        #expect(Self.cause(boot, [transfer], at: 959) == nil)
        let cause = Self.cause(boot, [transfer], at: 960)
        #expect(cause?.hasPrefix("linbofs64 stands still for 60 s at 40.0 MB of 100.0 MB") == true, "\(cause ?? "")")
        // How far it is can't be known: nor whether it stands still.
        let unknown = RunningTransfer(
            .rsync, of: "images/w/w.qcow2", to: "10.0.0.1", host: "pc01", began: 0, bytes: 1, sent: nil)
        #expect(Self.cause(boot, [unknown], at: 10_000) == nil)
    }
}
