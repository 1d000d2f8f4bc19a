import Foundation
import HookHost
import HookStore
import LinboModel
import Logging
import Synchronization
import Testing

@testable import Timeline

/// What is known of PCs, from rows of the audit log and from what is on the way.
@Suite final class PCWatchTests: Sendable {
    private let directory = FileManager.default.temporaryDirectory.path + "/linbo-pcs-\(UUID().uuidString)"
    private let store: Store
    private let hosts: HostDirectory
    private let running = Mutex<[RunningTransfer]>([])
    private let now = Mutex<Int64>(1_000_000_000)

    init() throws {
        try FileManager.default.createDirectory(
            atPath: "\(directory)/schools/default-school", withIntermediateDirectories: true)
        try "r1;pc01;win11;52:54:00:00:00:01;10.0.0.1;;;;;;1\nr1;pc02;win11;52:54:00:00:00:02;10.0.0.2;;;;;;1\n".write(
            toFile: "\(directory)/schools/default-school/devices.csv", atomically: true, encoding: .utf8)
        store = try Store(directory: "\(directory)/state")
        hosts = HostDirectory(
            schools: "\(directory)/schools", addresses: AddressTable(neighbours: "/dev/null", leaseFiles: []),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        hosts.refresh()
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// As after a start of the daemon.
    func watch() -> (PCWatch, EventBus) {
        let events = EventBus(store.events)
        let watch = PCWatch(
            .init(
                audit: store.audit, hosts: { [hosts] in hosts }, groups: { ["win11"] },
                running: { [unowned self] in running.withLock(\.self) }),
            events: events, kept: store.events, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { [unowned self] in now.withLock(\.self) })
        return (watch, events)
    }

    private func pass(_ seconds: Int64) { now.withLock { $0 += seconds * 1000 } }

    func ask(_ transport: String, _ path: String, host: String = "pc01", duration: Int64 = 0) throws {
        try store.audit.append([
            AuditEntry(
                at: now.withLock(\.self) - duration, transport: transport, connection: "-", address: "10.0.0.1",
                host: host, path: path, intent: "fetch", decision: .plain, outcome: .delivered, duration: duration)
        ])
    }

    private func send(_ sent: Int64, of bytes: Int64, began: Int64) {
        running.withLock {
            $0 = [
                RunningTransfer(
                    .rsync, of: "images/win11/win11.qcow2", to: "10.0.0.1", host: "pc01", began: began, bytes: bytes,
                    sent: sent)
            ]
        }
    }

    func told(_ events: EventBus) throws -> [String] {
        events.flush(within: .seconds(5))
        return try store.events.page(after: 0).events.filter { $0.kind != .pcProgress }.map {
            "\($0.subject) \($0.kind.rawValue) \($0.data["phase"] ?? "") \($0.data["step"] ?? "")"
        }
    }

    func view(_ name: String, _ watch: PCWatch) throws -> PCWatch.View {
        try #require(watch.views(of: [host(name)]).first)
    }

    func host(_ name: String) throws -> LinboModel.Host { try #require(hosts.client(name).host) }

    @Test("a boot, step by step; each is told once, also over a restart, and none is left out") func boot() async throws
    {
        var (watch, events) = watch()
        #expect(try view("pc01", watch).state == .unknown)
        try ask("tftp", "boot/grub/i386-pc/core.0")
        try await watch.look()
        pass(2)
        try ask("tftp", "linbofs64")
        try await watch.look()
        try await watch.look()
        events.flush(within: .seconds(5))
        (watch, events) = self.watch()
        try await watch.look()
        pass(20)
        events.flush(within: .seconds(5))
        // Served while no daemon ran.
        try ask("rsync", "start.conf.win11")
        (watch, events) = self.watch()
        try await watch.look()
        #expect(
            try told(events) == [
                "pc01 pc.state firmware firmware", "pc01 pc.state kernel kernel", "pc01 pc.state linbo start.conf",
            ])
        pass(3000)
        let state = try view("pc01", watch).state
        #expect(state.phase == .linbo && state.source == .rsync && state.since == state.seen)
        #expect(state.since == now.withLock(\.self) - 3_000_000 && state.stuck == nil)
        pass(13 * 3600)
        #expect(try view("pc01", watch).state == .unknown)
        #expect(try view("pc02", watch).boots.isEmpty)
    }

    @Test("an image on its way: how much, how fast, until when; then LINBO with its image") func sync() async throws {
        let (watch, events) = watch()
        try ask("rsync", "start.conf.win11")
        let began = now.withLock(\.self)
        send(0, of: 10_000_000_000, began: began)
        try await watch.look()
        for second in 1...20 {
            pass(1)
            send(Int64(second) * 100_000_000, of: 10_000_000_000, began: began)
            try await watch.look()
            // Whoever asks in between changes nothing.
            try await watch.look()
        }
        let state = try view("pc01", watch).state
        #expect(state.phase == .syncing && state.since == began)
        #expect(state.transfer?.rate == 100_000_000 && state.transfer?.secondsLeft == 80)
        #expect(state.transfer?.description.hasSuffix("2.0 GB of 10.0 GB, 100.0 MB/s, 1 min left") == true)
        running.withLock { $0 = [] }
        try ask("rsync", "images/win11/win11.qcow2", duration: 20_000)
        try await watch.look()
        let after = try view("pc01", watch)
        #expect(after.state.phase == .linbo && after.state.step == .image && after.boots.last?.image == "win11.qcow2")
        #expect(
            try told(events) == [
                "pc01 pc.state syncing image", "pc01 pc.state linbo image",
            ])
        let progress = try store.events.page(after: 0).events.filter { $0.kind == .pcProgress }
        #expect(progress.map { $0.data["sent"] } == ["0", "1000000000", "2000000000"])
    }

    @Test("a boot that hangs is told once, over a restart too; the next one anew") func stuck() async throws {
        var (watch, events) = watch()
        try ask("tftp", "linbofs64")
        try await watch.look()
        pass(119)
        try await watch.look()
        #expect(try view("pc01", watch).state.stuck == nil)
        pass(1)
        for _ in 0..<2 {
            try await watch.look()
            events.flush(within: .seconds(5))
            (watch, events) = self.watch()
        }
        pass(3600)
        try ask("tftp", "linbofs64")
        pass(200)
        try await watch.look()
        #expect(
            try told(events) == [
                "pc01 pc.state kernel kernel", "pc01 boot.stuck kernel ", "pc01 boot.stuck kernel ",
            ])
        let event = try #require(try store.events.page(after: 0).events.last)
        #expect(event.data["room"] == "r1" && event.data["detail"]?.contains("has asked for nothing since") == true)
    }

    @Test("rows of a boot before, that came late, do not make the new one reach further") func late() async throws {
        let (watch, _) = watch()
        try ask("rsync", "start.conf.win11")
        pass(100)
        try ask("tftp", "boot/grub/i386-pc/core.0")
        pass(1)
        try ask("rsync", "images/win11/win11.qcow2", duration: 90_000)
        try await watch.look()
        let boots = try view("pc01", watch).boots
        #expect(boots.map(\.reached) == [.image, .firmware])
    }
}

extension PCWatchTests {
    @Test("many who look at the same time count each row once, and tell each change once")
    func manyLookers() async throws {
        let (watch, events) = watch()
        for path in ["boot/grub/i386-pc/core.0", "boot/grub/grub.cfg", "linbo64"] { try ask("tftp", path) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { try await watch.look() } }
            try await group.waitForAll()
        }
        #expect(try view("pc01", watch).boots.count == 1)
        #expect(try told(events) == ["pc01 pc.state kernel kernel"])
    }
}
