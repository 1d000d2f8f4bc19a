import HookHost
import HookStore
import LinboModel
import Testing

@testable import Timeline

/// What a boot and what is on the way make of a PC's state.
@Suite struct PCStateTests {
    private static let now: Int64 = 10_000_000

    private static func boot(_ step: BootStep, at time: Int64) throws -> Boot {
        let paths: [BootStep: (String, String)] = [
            .firmware: ("tftp", "boot/grub/i386-pc/core.0"), .grub: ("tftp", "boot/grub/grub.cfg"),
            .kernel: ("tftp", "linbo64"), .linbo: ("rsync", "linbofs64.md5"), .startConf: ("rsync", "start.conf.win11"),
            .image: ("rsync", "images/w/w.qcow2"), .system: ("rsync", "w.qcow2.macct"),
        ]
        let (transport, path) = try #require(paths[step])
        let entry = AuditEntry(
            at: time, transport: transport, connection: "-", address: "10.0.0.1", host: "pc01", path: path,
            intent: "fetch", decision: .plain, outcome: .delivered)
        return try #require(BootHistory([entry]).boots.first)
    }

    private static func transfer(_ path: String, _ bytes: Int64, over transport: Transport = .rsync) -> RunningTransfer
    {
        RunningTransfer(
            transport, of: path, to: "10.0.0.1", host: "pc01", began: now - 5000, bytes: bytes, sent: bytes / 2)
    }

    @Test("each step is a phase of its own transport, as old as its last sign", arguments: BootStep.allCases)
    func steps(_ step: BootStep) throws {
        let state = PCState(try Self.boot(step, at: Self.now - 7000), [], stuck: nil, now: Self.now)
        #expect(state.step == step && state.phase == PCState.Phase(step) && state.phase != .syncing)
        #expect(state.since == Self.now - 7000 && state.seen == Self.now - 7000)
        #expect(state.source == (step <= .kernel ? .tftp : .rsync))
    }

    @Test("a file on its way is the step that it belongs to; an image goes before all others")
    func running() throws {
        let started = try Self.boot(.startConf, at: Self.now - 9000)
        let image = Self.transfer("images/w/w.qcow2", 100)
        let large = Self.transfer("linuxmuster-win/all", 9000)
        let syncing = PCState(started, [large, image], stuck: nil, now: Self.now)
        #expect(syncing.phase == .syncing && syncing.transfer?.path == image.path && syncing.since == Self.now - 5000)
        let kernel = PCState(
            try Self.boot(.grub, at: Self.now - 9000), [Self.transfer("linbofs64", 50, over: .tftp)], stuck: nil,
            now: Self.now)
        #expect(kernel.phase == .kernel && kernel.source == .tftp && kernel.since == Self.now - 5000)
        let early = PCState(
            nil, [Self.transfer("boot/grub/i386-pc/core.0", 50, over: .tftp)], stuck: nil, now: Self.now)
        #expect(early.phase == .firmware)
    }

    @Test("after half a day of silence nobody knows any more, unless something is on the way")
    func silence() throws {
        let old = try Self.boot(.system, at: Self.now - 12 * 3_600_000)
        #expect(PCState(old, [], stuck: nil, now: Self.now) == .unknown)
        #expect(PCState(nil, [], stuck: nil, now: Self.now) == .unknown)
        #expect(PCState(old, [Self.transfer("linbo64", 9, over: .tftp)], stuck: nil, now: Self.now).phase == .kernel)
    }

    @Test("how far a transfer is, until when, and in words; what is not known is left out")
    func words() {
        var transfer = Self.transfer("images/w/w.qcow2", 10_000_000_000)
        #expect(transfer.share == 0.5 && transfer.secondsLeft == nil && transfer.image == "w.qcow2")
        transfer.rate = 50_000_000
        #expect(transfer.secondsLeft == 100)
        #expect(transfer.description == "rsync images/w/w.qcow2, 5.0 GB of 10.0 GB, 50.0 MB/s, 1 min left")
        transfer.rate = 0
        #expect(transfer.secondsLeft == nil)
        for path in ["images/w/w.qcow2.torrent", "tmp/w.qcow2", "start.conf.w", ""] {
            #expect(Self.transfer(path, 9).image == nil, "\(path)")
        }
        let unknown = RunningTransfer(
            .rsync, of: "images/w/w.qcow2", to: "10.0.0.1", host: nil, began: 0, bytes: nil, sent: nil)
        #expect(unknown.share == nil && unknown.description == "rsync images/w/w.qcow2")
    }
}
