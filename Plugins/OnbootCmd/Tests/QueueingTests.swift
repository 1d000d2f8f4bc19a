import API
import HookConfig
import HookHost
import HookStore
import HookTesting
import LinboModel
import LinuxKit
import Testing

@testable import OnbootCmd

/// What admins ask for, with devices.csv and start.conf at hand: pc01 to pc03 have two systems, pc04 boots no LINBO.
@Suite struct QueueingTests {
    private let lab: PluginLab<OnbootCmd>
    private let store: Store
    private let plugin: OnbootCmd
    private var journal: OnbootJournal { OnbootJournal(database: store.database) }

    init() throws {
        lab = try PluginLab(devices: (1...3).map { deviceRow($0) }.joined() + deviceRow(4, pxe: 0))
        try lab.write("[OS]\nName = a\n[OS]\nName = b\n", to: "tree/start.conf.win11")
        store = try lab.store()
        plugin = try lab.desk(store: store).plugin
    }

    private func ask<Question: APIOperation & Sendable>(_ question: Question) async throws -> Question.Answer {
        let handlers = OnbootCmd.handlers(among: { [plugin] in [plugin] }, file: "c.yaml")
        let handler = try #require(handlers.first { $0.operation == Question.self })
        let answer = try await handler(APICoding.encoded(question), by: Actor(name: "anna"))
        return try APICoding.decoded(Question.Answer.self, from: answer)
    }

    private func add(
        _ command: String, _ targets: String..., expires: String? = nil, waiting: AddBootCommand.Waiting? = nil
    ) async throws -> AddBootCommand.Answer {
        try await ask(AddBootCommand(targets: targets, command: command, expires: expires, waiting: waiting))
    }

    @Test("of many who add at one moment, and want nothing to wait already, one does") func oneOfMany() async throws {
        for round in 0..<12 {
            let added = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        (try? await self.add("sync:1", number.isMultiple(of: 2) ? "pc01" : "pc01 pc02")) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            // One for pc01 and pc02, or one for pc01 alone.
            #expect(added == 1, "round \(round)")
            #expect(try journal.list(host: "pc01").count == 1)
            _ = try await ask(RemoveBootCommands(numbers: nil, targets: ["pc01", "pc02"]))
        }
    }

    @Test("all hosts get it or none, and what waits is named") func allOrNone() async throws {
        let first = try await add("sync:1", "pc02").added
        let fault = await #expect(throws: Fault.self) { try await add("sync:2", "pc01", "pc02,pc03") }
        #expect(
            fault?.what.contains("pc02: sync:1 (number \(first[0].id))") == true
                && fault?.what.contains("pc01") == false)
        #expect(try journal.list().count == 1 && store.audit.count() == 1)
        let answer = try await add("sync:2", "group:win11", waiting: .append)
        #expect(answer.added.map(\.host) == ["pc01", "pc02", "pc03"] && answer.skipped == ["pc04 (0)"])
        #expect(try journal.list(host: "pc02").map(\.command) == ["sync:2", "sync:1"])
        #expect(try journal.peek(host: "pc02", now: UnixTime.now())?.command == "sync:1", "it runs first")
        #expect(try store.audit.count() == 4)
    }

    @Test("what is replaced is what waits; what is on its way or uncertain is another matter") func replaced()
        async throws
    {
        _ = try await add("sync:1", "pc01")
        let claimant = OnbootJournal.Claimant(connection: "1@1", path: "a")
        let claim = try journal.claim(host: "pc01", by: claimant, now: UnixTime.now(), isAlive: { _ in true })
        guard case .granted(let held) = claim else { throw Fault(.failed, "\(claim)") }
        _ = try await add("sync:2", "pc01")
        _ = try await add("reboot", "pc01", waiting: .replace)
        #expect(try journal.list(host: "pc01", all: true).map(\.state) == [.queued, .removed, .delivering])
        #expect(try journal.entry(held.id)?.state == .delivering)
        let fault = await #expect(throws: Fault.self) {
            try await ask(RemoveBootCommands(numbers: [held.id], targets: nil))
        }
        #expect(fault?.what.contains("delivering") == true)
        #expect(try await ask(RemoveBootCommands(numbers: nil, targets: ["pc01"])).map(\.command) == ["reboot"])
        for nothing in [RemoveBootCommands(numbers: [], targets: []), .init(numbers: nil, targets: ["pc01"])] {
            await #expect(throws: Fault.self) { try await ask(nothing) }
        }
    }

    @Test(
        "what can't be meant is refused, and nothing is queued",
        arguments: [
            ("sync:3", "pc01", nil), ("sync:0", "pc01", nil), ("", "pc01", nil), ("halt;reboot", "pc01", nil),
            ("sync:1", "pc04", nil), ("sync:1", "pc99", nil), ("sync:1", "", nil), ("sync:1", "room:none", nil),
            ("upload_image:1", "pc01 pc02", nil), ("create_image:1", "group:win11", nil),
            ("linbo:secret,sync:1", "pc01", nil), ("sync:1", "pc01", "12"), ("sync:1", "pc01", ""),
            ("sync:1", "pc01", "-1h"), ("sync:1", "pc01", "99999999999999999999d"), ("sync:1", "pc01", "Never"),
        ] as [(String, String, String?)])
    func refused(_ command: String, _ targets: String, _ expires: String?) async throws {
        let fault = await #expect(throws: Fault.self) { try await add(command, targets, expires: expires) }
        #expect(fault?.what.contains("secret") != true || command.contains("secret"))
        #expect(try journal.list(all: true).isEmpty && store.audit.count() == 0)
    }

    @Test("it waits as long as is said, else as long as the configuration says") func expiry() async throws {
        for (text, seconds) in [("30m", 1800), ("never", nil), (nil, 43_200), ("500ms", 0)] as [(String?, Int64?)] {
            let before = UnixTime.now()
            let entry = try #require(try await add("sync:1", "pc01", expires: text, waiting: .append).added.first)
            let range = seconds.map { (before + $0)...(UnixTime.now() + $0) }
            #expect(entry.expires.map { range?.contains($0) == true } ?? (range == nil), "\(text ?? "-")")
        }
        // One that was late when it came is told as over by the next question.
        try await eventually("the last one has expired") {
            try await ask(GetBootCommands(targets: ["pc01"], all: true)).last?.state == .expired
        }
        let forever = try lab.desk("expires: never", store: store).plugin
        #expect(forever.expires == nil && plugin.expires == .seconds(43_200))
    }

    @Test("queued again it is a new one, that says of which; the old one stays as it was") func again() async throws {
        let old = try #require(try await add("sync:1", "pc01", expires: "500ms").added.first)
        try journal.expire(now: UnixTime.now() + 10)
        let new = try await ask(RequeueBootCommand(number: old.id))
        #expect(new.id > old.id && new.note?.contains("number \(old.id)") == true && new.expires != nil)
        #expect(try journal.entry(old.id)?.state == .expired)
        let fault = await #expect(throws: Fault.self) { try await ask(RequeueBootCommand(number: new.id + 1)) }
        #expect(fault?.kind == .missing)
    }

    @Test("dropped files are listed with what waits, by name and by address, and their password is not") func dropped()
        async throws
    {
        try lab.write("linbo:secret,upload_image:1\n", to: "tree/linbocmd/pc01.cmd")
        try lab.write("halt", to: "tree/linbocmd/127.0.0.3.cmd")
        for name in ["pc99.cmd", "pc03.cmd.bak", ".cmd", "pc03.CMD", "127.0.0.99.cmd"] {
            try lab.write("halt", to: "tree/linbocmd/\(name)")
        }
        try lab.write("", to: "tree/linbocmd/pc03.cmd")
        let entries = try await ask(GetBootCommands(targets: nil, all: nil))
        #expect(entries.map(\.host).sorted() == ["pc01", "pc02"] && entries.allSatisfy { $0.id == 0 })
        #expect(entries.map(\.command).sorted() == ["halt", "upload_image:1"])
        #expect(try await ask(GetBootCommands(targets: ["pc02"], all: nil)).map(\.command) == ["halt"])
        #expect(plugin.figures().map(\.value) == [2])
    }
}
