import Foundation
import FuzzKit
import GRDB
import HookConfig
import HookHost
import HookStore
import HookTesting
import LinboModel
import LinuxKit
import Testing

@testable import Macct

/// What becomes of wishes while Samba is away, and of those that must not be done at all. There is no AD here: `sam` is
/// a file that is none.
@Suite struct WorkerTests {
    private let lab: PluginLab<Macct>
    private let store: Store

    init() throws {
        lab = try PluginLab(devices: (1...4).map { Self.row($0) }.joined())
        try lab.write(
            "[OS]\nName = a\nBaseImage = win11.qcow2\n[OS]\nBaseImage = tool.iso\n", to: "tree/start.conf.win11")
        try lab.write("image", to: "tree/images/win11/win11.qcow2")
        try lab.write("no database", to: "none.ldb")
        store = try lab.store()
    }

    /// pc04 is a server; the role is the ninth column.
    private static func row(_ number: Int) -> String {
        var fields = deviceRow(number).split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        fields[8] = number == 4 ? "server" : "classroom-studentcomputer"
        return fields.joined(separator: ";")
    }

    private func plugin(_ settings: String = "") throws -> Macct {
        try lab.desk("sam: \(lab.directory)/none.ldb\ntimeout: 60s\n\(settings)", store: store).plugin
    }

    private var queue: MachineAccountQueue { MachineAccountQueue(database: store.database) }

    private func account(_ text: String = Samples.file(), mode: mode_t = 0o600) throws {
        try lab.write(text, to: "tree/images/win11/win11.qcow2.macct", mode: mode)
    }

    /// Adds a wish and has the worker do what is due.
    private func done(
        _ work: MachineAccountEntry.Work = .apply, _ host: String = "pc01", _ image: String = "win11.qcow2",
        version: String? = nil, _ settings: String = ""
    ) async throws -> MachineAccountEntry? {
        let id = try queue.add(.init(work, host: host, image: image, version: version), now: UnixTime.nowMilliseconds())
        #expect(try await Worker(plugin(settings)).workOnce(queue))
        return try queue.entry(id)
    }

    @Test("while the AD can't be opened a wish waits with its reason, a second longer each time") func samba()
        async throws
    {
        try account()
        let before = UnixTime.nowMilliseconds()
        let entry = try #require(try await done())
        #expect(entry.state == .queued && entry.attempts == 1 && entry.due >= before + 1000 && entry.worker == nil)
        #expect(entry.note?.hasPrefix("ldbsearch: ") == true, "\(entry)")
        #expect(try await !Worker(plugin()).workOnce(queue), "it is not due")
        // As if its time had come.
        try await store.database.write { try $0.execute(sql: "UPDATE machine_account SET due = 0, attempts = 40") }
        let again = UnixTime.nowMilliseconds()
        #expect(try await Worker(plugin()).workOnce(queue))
        let later = try #require(try queue.entry(entry.id))
        #expect(later.attempts == 41 && later.due >= again + 60_000 && later.due <= UnixTime.nowMilliseconds() + 60_000)
    }

    @Test("what is not tried any more is given up, and says why") func givenUp() async throws {
        try account()
        let entry = try await done(.apply, "pc01", "win11.qcow2", "retry-for: 500ms")
        #expect(entry?.state == .failed && entry?.note?.hasPrefix("given up: ldbsearch: ") == true)
        #expect(try !queue.needsWorker(now: .max))
        #expect(lab.log.all.contains { $0.contains("apply win11.qcow2 for pc01: failed: given up") })
    }

    @Test("who may not have it, or asks for what is none, is refused before the AD is asked") func refused()
        async throws
    {
        try account()
        let cases: [(String, String, String)] = [
            ("pc99", "win11.qcow2", "in no devices.csv"), ("pc04", "win11.qcow2", "role 'server'"),
            ("pc01", "win10.qcow2", "does not use"), ("pc01", "tool.iso", "no image with an account"),
            ("pc01", "../win11.qcow2", "no name of an image"), ("pc 01", "win11.qcow2", "in no devices.csv"),
        ]
        for (host, image, reason) in cases {
            let entry = try await done(.apply, host, image)
            #expect(entry?.state == .refused && entry?.note?.contains(reason) == true, "\(String(describing: entry))")
        }
        let forbidden = "allowed-roles: [classroom-teachercomputer]"
        #expect(try await done(.apply, "pc02", "win11.qcow2", forbidden)?.state == .refused)
        try lab.write("[OS]\nBaseImage = win10.qcow2\n", to: "tree/start.conf.win11")
        #expect(try await done(.apply, "pc02")?.note?.contains("does not use") == true, "start.conf changed since")
        unlink("\(lab.tree)/start.conf.win11")
        #expect(try await done(.apply, "pc03")?.note?.contains("can't be read") == true)
    }

    @Test("an account's file that others can write, that is a link, too long or none is not applied") func files()
        async throws
    {
        let path = "\(lab.tree)/images/win11/win11.qcow2.macct"
        #expect(try await done()?.state == .failed, "there is none")
        for mode in [0o620, 0o602, 0o666] as [mode_t] {
            try account(mode: mode)
            let entry = try await done()
            #expect(entry?.state == .refused && entry?.note?.contains("chmod 600") == true)
        }
        try account(Samples.file() + "x")
        #expect(try await done()?.state == .refused)
        try account(String(repeating: "#\n", count: 2 * MachineHashes.sizeLimit) + Samples.file())
        #expect(try await done()?.state == .failed)
        unlink(path)
        try lab.write(Samples.file(), to: "outside", mode: 0o600)
        #expect(symlink("\(lab.directory)/outside", path) == 0)
        #expect(try await done()?.state == .failed)
        let text = try queue.list().compactMap(\.note).joined()
        #expect(!text.contains(Data(Samples.hashes().hash).base64EncodedString()))
    }

    @Test("a saved account is that of the image it was asked for: of another version it waits, and nothing is removed")
    func captures() async throws {
        try account("old")
        let status = try #require(FileStatus(at: "\(lab.tree)/images/win11/win11.qcow2"))
        for version in ["1@1.1", Captures.version(of: status), nil] {
            let entry = try await done(.capture, "pc01", "win11.qcow2", version: version)
            #expect(entry?.state == .queued && entry?.attempts == 1, "\(String(describing: entry))")
            let reason = version == "1@1.1" ? "another version" : "ldbsearch: "
            #expect(entry?.note?.contains(reason) == true, "\(String(describing: entry))")
            try await store.database.write { try $0.execute(sql: "DELETE FROM machine_account") }
        }
        #expect(try await done(.capture, "pc01", "win10.qcow2")?.note == "win10.qcow2 is not there")
        #expect(try await done(.capture, "pc02", "../x.qcow2")?.state == .refused)
        // A failure says nothing of the account that lies there.
        #expect(FileStatus(at: "\(lab.tree)/images/win11/win11.qcow2.macct") != nil)
    }

    @Test("what two daemons died at is failed, and forgotten, so that a new wish is done") func deaths() async throws {
        try account()
        let id = try queue.add(.init(.apply, host: "pc01", image: "win11.qcow2"), now: 1)
        let plugin = try plugin()
        let marks = plugin.context.marks
        let work = WorkMarks.Work(.account, "\(id)/win11.qcow2/pc01")
        for _ in 0..<2 {
            try marks.begin(work)
            for name in FileTree.names(in: "\(plugin.context.state)/work") where name.hasSuffix(".mark") {
                let path = "\(plugin.context.state)/work/\(name)"
                let text = try String(contentsOfFile: path, encoding: .utf8)
                try text.replacing(/"by":"[^"]*"/, with: #""by":"2147483646@5""#)
                    .write(toFile: path, atomically: true, encoding: .utf8)
            }
            #expect(marks.count().sentences.count == 1)
        }
        let other = try queue.add(.init(.apply, host: "pc99", image: "win11.qcow2"), now: 2)
        #expect(try await Worker(plugin).workOnce(queue))
        #expect(try queue.entry(id)?.state == .failed && queue.entry(id)?.note?.contains("died 2 times") == true)
        #expect(try queue.entry(other)?.state == .refused, "the others are done")
        #expect(
            marks.setAside().isEmpty
                && FileTree.names(in: "\(plugin.context.state)/work").filter { $0.hasSuffix(".mark") }.isEmpty)
    }

    // MARK: Uploads

    private func set(_ image: String, from address: String, sidecars: [String], isNew: Bool = true) throws -> ArrivedSet
    {
        try lab.write("image", to: image)
        let file = ArrivedSet.File(
            absolutePath: "\(lab.directory)/\(image)", status: try #require(FileStatus(at: "\(lab.directory)/\(image)"))
        )
        let hosts = try plugin().context.hosts
        hosts.refresh()
        return ArrivedSet(
            name: try #require(ImageName(image)), image: file, isNewImage: isNew,
            sidecars: Dictionary(uniqueKeysWithValues: sidecars.map { ($0, file) }),
            uploader: hosts.client(at: try #require(IPAddress(address))))
    }

    @Test("no client brings an account of its own; an image of an unknown one takes the older one away") func uploads()
        async throws
    {
        let plugin = try plugin()
        for (image, isNew) in [("win11.qcow2", false), ("tool.iso", true)] {
            let foreign = try set(image, from: "127.0.0.2", sidecars: [".macct"], isNew: isNew)
            await #expect(throws: Refusal.self) { try await plugin.publishing(foreign) }
            #expect(try await plugin.publishing(try set(image, from: "127.0.0.2", sidecars: [], isNew: isNew)).isEmpty)
        }
        for address in ["127.0.0.222", "127.0.0.2"] {
            let sidecars = try await plugin.publishing(try set("win11.qcow2", from: address, sidecars: [".macct"]))
            #expect(sidecars.map(\.suffix) == [".macct"] && sidecars.first?.bytes == nil)
        }
        let waiting = try queue.list()
        #expect(waiting.map(\.work) == [.capture] && waiting.first?.host == "pc01" && waiting.first?.version != nil)
        #expect(try #require(waiting.first).due > UnixTime.nowMilliseconds(), "not before it can be live")
    }

    // MARK: Words of tools

    @Test("no value of a hash is ever told, however a message quotes it") func redaction() {
        var fuzz = Fuzz("redacted", samples: [Samples.hashes().hash], spice: "")
        for _ in 0..<3000 {
            let bytes = Array((fuzz.next() + Samples.hashes().hash).prefix(16))
            let base64 = Data(bytes).base64EncodedString()
            for (left, right) in [("", ""), ("'", "'"), ("\"", "\","), ("unicodePwd::", ";"), ("(", ")."), ("<", "=>")]
            {
                let told = SambaTool.redacted("ERR on CN=pc01,OU=\\C3,DC=lan: \(left)\(base64)\(right) is bad")
                #expect(told == "ERR on CN=pc01,OU=\\C3,DC=lan: … is bad", "\(told)")
            }
        }
        #expect(SambaTool.redacted(String(repeating: "word \n", count: 1000)).count == 300)
    }
}

/// What the queue promises about versions, ages and what it stores.
@Suite struct MachineAccountQueueEdgeTests {
    private let lab: PluginLab<Macct>
    private let queue: MachineAccountQueue

    init() throws {
        lab = try PluginLab()
        queue = MachineAccountQueue(database: try lab.store().database)
    }

    @Test("an account of another version, or another work, is another wish; the earliest of the same counts")
    func wishes()
        throws
    {
        func add(_ work: MachineAccountEntry.Work, _ version: String?, notBefore: Int64? = nil) throws -> Int64 {
            try queue.add(
                .init(work, host: "pc01", image: "a.qcow2", version: version, notBefore: notBefore), now: 10)
        }
        let all = try [add(.capture, nil), add(.capture, "1"), add(.capture, "2"), add(.apply, nil)]
        #expect(Set(all).count == 4)
        #expect(try [add(.capture, nil), add(.capture, "1"), add(.capture, "2"), add(.apply, nil)] == all)
        let late = try queue.add(.init(.apply, host: "pc02", image: "a.qcow2", notBefore: 100), now: 10)
        #expect(try !queue.take(limit: 9, worker: "1@1", now: 99).map(\.id).contains(late))
        #expect(try queue.add(.init(.apply, host: "PC02", image: "a.qcow2", notBefore: 50), now: 20) == late)
        #expect(try queue.entry(late)?.due == 50)
        #expect(try queue.add(.init(.apply, host: "pc02", image: "a.qcow2", notBefore: 70), now: 20) == late)
        #expect(try queue.take(limit: 9, worker: "1@1", now: 50).map(\.id) == [late])
    }

    @Test("a worker is needed for what is due or was begun, and only then") func needed() throws {
        #expect(try !queue.needsWorker(now: .max) && queue.take(limit: 9, worker: "1@1", now: .max).isEmpty)
        let id = try queue.add(.init(.apply, host: "pc01", image: "a.qcow2", notBefore: 100), now: 10)
        #expect(try !queue.needsWorker(now: 99) && queue.needsWorker(now: 100))
        let taken = try queue.take(limit: 1, worker: "1@1", now: 100)
        #expect(try queue.needsWorker(now: 0), "it may be left over")
        let long = String(repeating: "x\u{1B}", count: 2000)
        try queue.settle([(taken[0], .over(.failed), long)], worker: "1@1", now: 101)
        #expect(try !queue.needsWorker(now: .max) && queue.entry(id)?.note?.count == 1000)
        #expect(try queue.entry(id)?.note?.contains("\u{1B}") == false)
    }

    @Test("outcomes of a batch are written whole or not at all, and what waits is not counted as over") func batches()
        throws
    {
        for host in ["pc01", "pc02"] {
            try _ = queue.add(.init(.apply, host: host, image: "a.qcow2"), now: 1)
            _ = try queue.add(.init(.apply, host: host, image: "b.qcow2"), now: 1)
        }
        let taken = try queue.take(limit: 9, worker: "1@1", now: 2)
        #expect(taken.map(\.host) == ["pc01", "pc02"])
        try queue.settle([(taken[0], .over(.applied), nil), (taken[1], .later(50), "locked")], worker: "1@1", now: 3)
        try queue.forget(before: .max)
        #expect(try queue.list().map(\.state) == [.queued, .queued, .queued] && queue.depth() == 3)
        #expect(try queue.list(host: "PC01").map(\.image) == ["b.qcow2"])
        #expect(try queue.list(limit: 1).count == 1)
    }
}
