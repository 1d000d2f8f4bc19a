import HookConfig
import HookHost
import HookStore
import HookTesting
import LinboModel
import Testing

@testable import GrubImg

/// One-shot reboots in any order of steps, and at their limits.
@Suite struct RebootRuleTests {
    private static let request = RebootRequest(grub: "(hd0,1)", kernel: "k", initrd: "", append: "ro")

    private let lab: Lab
    private let store: Store
    private var journal: RebootJournal { RebootJournal(database: store.database) }

    init() throws {
        lab = try Lab()
        store = try lab.store()
    }

    @Test("in any order of steps GRUB opens each twice at most, within a minute, and none that is over") func anyOrder()
        throws
    {
        var opens: [Int64: [Int64]] = [:]
        var over: Set<Int64> = []
        var now: Int64 = 1000
        for _ in 0..<600 {
            now += [0, 1, 5, 40].randomElement() ?? 1
            switch Int.random(in: 0..<8) {
            case 0, 1:
                try journal.set(
                    host: ["pc01", "PC01"].randomElement() ?? "", Self.request, expires: now + 50, now: now)
            case 2...5:
                let seen = try journal.peek(host: "pc01", now: now)
                let entry = try journal.open(host: "pc01", now: now)
                #expect(seen?.id == entry?.id, "a look tells what an opening would give")
                guard let entry else { continue }
                opens[entry.id, default: []].append(now)
                #expect(!over.contains(entry.id) && entry.opens == opens[entry.id]?.count)
            case 6: try journal.goesOn(host: "pc01", now: now)
            default: try journal.settle(now: now)
            }
            let all = try journal.list(all: true)
            #expect(all.count { $0.state == .waiting || $0.state == .opened } <= 1)
            over.formUnion(all.filter { $0.state != .waiting && $0.state != .opened }.map(\.id))
        }
        #expect(opens.values.allSatisfy { $0.count <= 2 && ($0.last ?? 0) - ($0.first ?? 0) < 60 } && !opens.isEmpty)
    }

    @Test("of many openings at one moment, by two processes, two get it") func together() async throws {
        let other = RebootJournal(database: try lab.store().database)
        for round in 0..<10 {
            let now = Int64(1000 + round * 1000)
            try journal.set(host: "pc01", Self.request, expires: now + 100, now: now)
            let opened = try await withThrowingTaskGroup(of: Int?.self) { group in
                for number in 0..<8 {
                    let journal = number.isMultiple(of: 2) ? journal : other
                    group.addTask { try journal.open(host: "pc01", now: now + 1)?.opens }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(opened.compactMap { $0 }.sorted() == [1, 2])
        }
    }

    @Test("a number that was forgotten is not given again: an admin may repeat by it") func numbers() throws {
        let old = try journal.set(host: "pc01", Self.request, expires: 10, now: 1)
        try journal.settle(now: 10)
        try journal.forget(before: 100)
        #expect(try journal.set(host: "pc02", Self.request, expires: 1000, now: 100) > old)
        try journal.forget(before: 100)
        #expect(try journal.list(all: true).map(\.host) == ["pc02"])
    }

    @Test("a field of the longest that is taken, and one byte more") func limits() throws {
        func trigger(_ kernel: Int, _ initrd: Int, _ append: Int) -> RebootRequest? {
            func text(_ count: Int) -> String { String(repeating: "k", count: count) }
            return try? RebootTrigger.parse("(hd0,1)#\(text(kernel))#\(text(initrd))#\(text(append))#.reboot")
        }
        #expect(trigger(255, 0, 0) != nil && trigger(256, 0, 0) == nil && trigger(1, 255, 0) != nil)
        #expect(trigger(1, 256, 0) == nil && trigger(1, 0, 512) != nil && trigger(1, 0, 513) == nil)
        // 1024 bytes hold all four lines, just so.
        let rest =
            GrubEnvBlock.size
            - "# GRUB Environment Block\nreboot_grub=(hd0,1)\nreboot_kernel=\nreboot_initrd=\nreboot_append=\n".utf8
            .count
        let block = try #require(trigger(255, rest - 255 - 500, 500).flatMap { GrubEnvBlock.bytes($0) })
        #expect(block.count == 1024 && block.last == 0x0A)
        #expect(try GrubEnvBlock.bytes(#require(trigger(255, rest - 254 - 500, 500))) == nil)
    }

    @Test("a PC sets a reboot over rsync, for itself; GRUB reads it over TFTP, twice; nobody else gets it")
    func served()
        async throws
    {
        let desk = try lab.desk(store: store)
        let trigger = "(hd0,1)#vmlinuz#initrd.img#ro  splash#.reboot"
        for (transport, intent, manner) in [
            (Transport.tftp, Intent.fetch, Manner.byName), (.rsync, .probe, .byName), (.rsync, .fetch, .inDirectory),
        ] {
            #expect(try await desk.answer(trigger, as: 1, over: transport, intent: intent, manner: manner).isNothing)
        }
        #expect(try await desk.answer(trigger, as: 200).isNothing && journal.list(all: true).isEmpty)
        #expect(try await desk.answer(trigger, as: 1).hiddenReason?.hasPrefix("reboot 1 is set") == true)
        for (path, host, transport) in [
            ("boot/grub/spool/pc01.reboot", 2, Transport.tftp), ("boot/grub/spool/.reboot", 2, .tftp),
            ("boot/grub/spool/pc01.reboot", 200, .tftp), ("boot/grub/spool/pc01.reboot", 1, .rsync),
            ("boot/grub/spool/pc02.reboot", 1, .tftp),
        ] {
            #expect(try await desk.answer(path, as: host, over: transport).made == nil, "\(path) \(host)")
        }
        let first = try await desk.answer("boot/grub/spool/PC01.reboot", as: 1, over: .tftp)
        #expect(first.made.map { String(decoding: $0, as: UTF8.self).contains("reboot_append=ro splash\n") } == true)
        #expect(try await desk.answer("boot/grub/spool/.reboot", as: 1, over: .tftp).made == first.made)
        #expect(try await desk.answer("boot/grub/spool/.reboot", as: 1, over: .tftp).isNothing)
    }

    @Test(
        "settings that can't be meant are told with their place",
        arguments: [
            "modules: [../x]", "modules: [-x]", "modules: ['']", "modules: ['a b']", "modules: x", "theme: a/b",
            "theme: ''",
            "theme: -x", "timeout: 2h", "timeout: 5", "jobs: 0", "reboot-expires: 9s", "reboot-expires: 2d",
            "template: x",
            "grub: ''", "secure-boot: perhaps", "themes: x",
        ])
    func settings(_ yaml: String) throws {
        let error = #expect(throws: ConfigError.self) { try GrubSettings(try PluginSection(yaml: yaml)) }
        #expect(error?.description.contains("config.yaml:1:") == true)
    }
}
