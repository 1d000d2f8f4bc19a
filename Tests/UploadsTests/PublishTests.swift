import Foundation
import HookHost
import HookStore
import HookTesting
import HookWire
import LinboModel
import LinuxKit
import Testing

@testable import Uploads

/// What becomes of a set when the daemon, a plugin or the database does not play along.
@Suite struct PublishTests {
    private let lab: PublishLab
    private let new = PublishLab.iso(2)

    init() throws {
        lab = try PublishLab()
    }

    private func arrive() throws {
        try lab.arrive(["": new, ".info": PublishLab.info(new.count, timestamp: "202602020900")])
    }

    @Test("a daemon that is told to end while a plugin works leaves the set for the next one")
    func cancelled() async throws {
        try arrive()
        let lab = lab
        let began = AsyncStream<Void>.makeStream()
        let task = Task {
            await lab.publisher([
                StubPlugin { _ in
                    began.continuation.yield()
                    while !Task.isCancelled { await Task.yield() }
                    throw Refusal.other
                }
            ]).publishDue()
        }
        for await _ in began.stream.prefix(1) { task.cancel() }
        _ = await task.value
        #expect(lab.read("images/cd/cd.iso") == lab.live && !lab.isDone && lab.quarantine.entries().isEmpty)
        _ = await lab.publisher([StubPlugin { _ in [Sidecar(suffix: ".macct", bytes: [7])] }]).publishDue()
        #expect(lab.read("images/cd/cd.iso") == new && lab.read("images/cd/cd.iso.macct") == [7] && lab.isDone)
    }

    @Test("what a plugin can't do now is done later, and the set waits for it") func later() async throws {
        try arrive()
        let wait = await lab.publisher([StubPlugin { _ in throw PublishLater("the database is locked") }]).publishDue()
        #expect(lab.read("images/cd/cd.iso") == lab.live && !lab.isDone && wait <= .seconds(60))
        _ = await lab.publisher().publishDue()
        #expect(lab.read("images/cd/cd.iso") == new && lab.isDone)
    }

    @Test("N1: a set that the daemon died at twice is in quarantine, whole, and goes live when it is tried again")
    func setAside() async throws {
        try arrive()
        let set = try #require(try DueSet.take(lab.image, in: lab.paths, lab.publisher().desk.settings))
        for _ in 0..<2 {
            try lab.marks.begin(set.work)
            try lab.killOwner()
            #expect(lab.marks.count().sentences.count == 1)
        }
        _ = await lab.publisher([StubPlugin { _ in throw Refusal("it was looked at") }]).publishDue()
        let entry = try #require(lab.quarantine.entries().first)
        #expect(entry.reason.contains("died 2 times") && lab.isDone && lab.marks.setAside().isEmpty)
        #expect(lab.read("images/cd/cd.iso") == lab.live)
        try lab.quarantine.retry(entry.name, in: lab.paths)
        #expect(lab.quarantine.entries().isEmpty)
        #expect(throws: Refusal.self) { try lab.quarantine.retry(entry.name, in: lab.paths) }
        _ = await lab.publisher().publishDue()
        #expect(lab.read("images/cd/cd.iso") == new && lab.isDone)
    }

    @Test("N1: a record that can't be read keeps no image's name", arguments: [true, false])
    func unreadable(_ isDue: Bool) async throws {
        try arrive()
        if isDue { _ = try DueSet.take(lab.image, in: lab.paths, lab.publisher().desk.settings) }
        let record = isDue ? lab.paths.dueRecord(of: lab.image) : lab.paths.record(of: lab.image)
        try Data("{".utf8).write(to: URL(filePath: record))
        #expect(lab.publisher().recover().contains { $0.contains("its record can't be read") })
        #expect(lab.isDone && lab.quarantine.entries().map(\.files.count) == [2])
        try arrive()
        _ = await lab.publisher().publishDue()
        #expect(lab.read("images/cd/cd.iso") == new)
    }

    @Test("what was not on the disk when the machine went down is in quarantine") func otherBoot() async throws {
        try arrive()
        var record = try #require(UploadSession.read(lab.paths.record(of: lab.image)))
        #expect(record.isOfThisBoot)
        record.boot = "another one"
        try record.write(lab.paths.record(of: lab.image))
        _ = await lab.publisher().publishDue()
        #expect(lab.quarantine.entries().first?.reason.contains("went down") == true)
        #expect(lab.read("images/cd/cd.iso") == lab.live)
    }

    @Test("what became of a set has its row and its place in the history, refused or live") func rows() async throws {
        let store = try Store(directory: "\(lab.state)/db")
        for bytes in [[1, 2, 3], new] {
            try lab.arrive(["": bytes, ".info": PublishLab.info(new.count, timestamp: "202602020900")])
            _ = await lab.publisher(store: store).publishDue()
        }
        try lab.arrive([".desc": [7]])
        _ = await lab.publisher(store: store).publishDue()
        try await eventually("all rows are written") { try store.audit.entries(.init()).count == 3 }
        let rows = try store.audit.entries(.init())
        #expect(rows.map(\.decision) == [.quarantined, .published, .published])
        #expect(rows.map(\.outcome) == [.refused(nil), .live, .live])
        #expect(
            rows.allSatisfy { $0.path == "images/cd/cd.iso" && $0.address == "10.0.0.1" && $0.transport == "uploads" })
        #expect(rows[0].bytes == nil && rows[1].bytes == Int64(new.count))
        let history = try store.images.entries(of: "cd.iso")
        #expect(history.map(\.action) == [.quarantined, .published, .amended])
        #expect(history.map(\.timestamp) == [nil, "202602020900", nil] && history[1].bytes == Int64(new.count))
        #expect(history[0].note == rows[0].reason && history[2].note?.hasPrefix(".desc") == true)
    }

    @Test("an image that came without its .info gets one that fits") func madeInfo() async throws {
        try lab.arrive(["": new])
        _ = await lab.publisher().publishDue()
        let info = try ImageInfo(parsing: try #require(lab.read("images/cd/cd.iso.info")), file: "f")
        #expect(info.image == "cd.iso" && info.imageSize == UInt64(new.count) && info.timestamp.count == 12)
        #expect(lab.events.unkept.first?.data["detail"]?.contains("it came without .info") == true)
    }

    @Test("a small file may have as much as its limit, and not a byte more", arguments: [".desc", ".hash", ".info"])
    func limits(_ suffix: String) async throws {
        var files = ["": new, ".info": PublishLab.info(new.count, timestamp: "202602020900")]
        let limit = Int(SetCheck.textLimit)
        files[suffix] = (files[suffix] ?? []) + [UInt8](repeating: 0x0A, count: limit + 1 - (files[suffix]?.count ?? 0))
        try lab.arrive(files)
        _ = await lab.publisher().publishDue()
        let reason = try #require(lab.quarantine.entries().first).reason
        #expect(reason == "cd.iso\(suffix) has \(limit + 1) bytes; \(limit) is the limit")
        guard suffix == ".desc" else { return }
        files[suffix]?.removeLast()
        try lab.arrive(files)
        _ = await lab.publisher().publishDue()
        #expect(lab.read("images/cd/cd.iso.desc")?.count == limit)
    }

    @Test("a server's fault is waited for, an upload's is not; a plugin's own is a remark") func faults() async throws {
        try arrive()
        let full = StubPlugin { _ in throw SystemError("write", "x", code: ENOSPC) }
        #expect(await lab.publisher([full]).publishDue() <= .seconds(30))
        #expect(!lab.isDone && lab.quarantine.entries().isEmpty && lab.read("images/cd/cd.iso") == lab.live)
        _ = await lab.publisher([StubPlugin { _ in throw Refusal.other }]).publishDue()
        #expect(lab.isDone && lab.read("images/cd/cd.iso") == new)
        #expect(lab.events.unkept.last?.data["detail"]?.contains("stub failed: Other") == true)
        for code in [ENOSPC, EIO, EMFILE] {
            #expect(throws: SystemError.self) { try OwnFault.refused { throw SystemError("x", "y", code: code) } }
        }
        for code in [EPERM, EACCES, EOPNOTSUPP] {
            #expect(throws: Refusal.self) { try OwnFault.refused { throw SystemError("x", "y", code: code) } }
        }
    }

    @Test("what is wrong with small files of an image that broke off is told with the first cause, for an hour")
    func firstCause() async throws {
        let note = { (at: Int64) in BrokenOff(reason: "the disk was full", at: at) }
        for (at, isTold) in [
            (UnixTime.now(), true), (UnixTime.now() - 3700, false), (UnixTime.now() + 3700, false), (.min, false),
        ] {
            note(at).write(lab.image, lab.paths)
            try lab.arrive([".hash": Array("x".utf8)])
            _ = await lab.publisher().publishDue()
            let reason = try #require(lab.quarantine.entries().first).reason
            #expect(reason.hasPrefix("the image itself did not come whole: the disk was full. Without it: ") == isTold)
            #expect(reason.hasSuffix("its .hash is not 40 hex digits"))
            for entry in lab.quarantine.entries() { _ = lab.quarantine.discard(entry.name) }
        }
    }

    @Test("N13: what files and plugins say is printable and short wherever it is told") func words() async throws {
        try arrive()
        let said = "a\nb\u{1B}[2Jc\u{202E}" + String(repeating: "x", count: 100_000)
        _ = await lab.publisher([StubPlugin { _ in throw Refusal(said) }]).publishDue()
        let entry = try #require(lab.quarantine.entries().first)
        let detail = try #require(lab.events.unkept.first?.data["detail"])
        for text in [entry.reason, detail] {
            #expect(text.hasPrefix("stub: a?b?[2Jc?x") && text.unicodeScalars.count <= 1000 && text.hasSuffix("…"))
        }
        #expect(printable("äö\t", most: 3) == "äö?" && printable("abcd", most: 3) == "ab…")
        #expect(quoted("a'\u{0}") == "'a'?'")
        let reply = HookReply(.proceed, text: [UInt8](repeating: 0x20, count: HookReply.maximumLength + 1)).encoded()
        #expect(HookReply.header(reply.prefix(5))?.verdict == .refuse && reply.count < 200)
    }
}

extension Refusal {
    fileprivate struct Other: Error {}
    fileprivate static var other: any Error { Other() }
}

extension PublishLab {
    /// As if the process of each mark had been killed.
    fileprivate func killOwner() throws {
        for name in FileTree.names(in: "\(state)/work") where name.hasSuffix(".mark") {
            let path = "\(state)/work/\(name)"
            let text = try String(contentsOfFile: path, encoding: .utf8).replacing(
                /"by":"[^"]*"/, with: #""by":"2147483646@5""#)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
    }
}
