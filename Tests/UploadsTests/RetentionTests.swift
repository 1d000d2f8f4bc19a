import Foundation
import HookHost
import HookStore
import HookTesting
import LinboModel
import LinuxKit
import Testing

@testable import Uploads

/// What is kept, how much of it, and what a kill leaves half done.
@Suite struct RetentionTests {
    private let lab: PublishLab
    private let new = PublishLab.iso(2)
    private var paths: UploadPaths { lab.paths }

    init() throws {
        lab = try PublishLab()
    }

    private func names(_ directory: String) -> [String] { FileTree.names(in: "\(paths.base)/\(directory)") }

    private func put(_ path: String) throws { try lab.write(".linbo-hookd/uploads/\(path)", [1]) }

    @Test("what nobody came back for goes when its time is over, and nothing that is in use") func forget() throws {
        let own = try #require(ConnectionID(process: getpid()))
        for path in [
            "partial/old.iso", "claimed/\(own)", "claimed/\(Int32.max)@1", "claimed/strange", "locks/idle.iso",
        ] {
            try put(path)
        }
        try lab.quarantine.keep([1], name: "pc1.new", uploader: "pc1", reason: "r")
        try lab.arrive([".info": [1]])
        try put("locks/\(lab.image)")
        lab.publisher().forget()
        #expect(names("partial") == ["old.iso"] && names("claimed").count == 3 && lab.quarantine.entries().count == 1)
        #expect(names("locks") == ["cd.iso"])
        // Older than what is still to come is all.
        lab.publisher { $0.keep = .seconds(-60) }.forget()
        #expect(names("partial").isEmpty && names("claimed") == ["\(own)"] && lab.quarantine.entries().isEmpty)
        #expect(names("locks") == ["cd.iso"] && names("sets") == ["cd.iso", "cd.iso.json"])
    }

    @Test("a client can't fill the quarantine with small files; images in it stay") func small() throws {
        let quarantine = Quarantine(directory: "\(paths.base)/many")
        try FileTree.makeDirectory(quarantine.directory, mode: 0o700)
        try FileTree.makeDirectory("\(paths.base)/set", mode: 0o700)
        try quarantine.take("\(paths.base)/set", of: UploadSession("win11.qcow2", by: "pc01"), reason: "r")
        for number in 0..<203 {
            try quarantine.keep([1], name: "pc\(number).new", uploader: "pc01", reason: "r\(number)")
        }
        let entries = quarantine.entries()
        #expect(entries.count == 201 && entries.filter { $0.image == "win11.qcow2" }.count == 1)
        #expect(entries.last?.reason == "r202" && !entries.contains { ["r0", "r1", "r2"].contains($0.reason) })
        #expect(
            quarantine.discard(entries[0].name) && !quarantine.discard(entries[0].name) && !quarantine.discard(".."))
    }

    @Test("ISOs' backups are safe for their time, also those that a lower number would let go") func isoBackups()
        async throws
    {
        func backups(_ most: Int, _ keep: Duration = .seconds(3600)) -> ISOBackups {
            var settings = UploadSettings()
            (settings.isoBackups, settings.keep) = (most, keep)
            return ISOBackups("x.iso", paths, settings)
        }
        let live = "\(lab.root)/images/cd/cd.iso"
        for number in 1...3 {
            try backups(3).checkRoom()
            try backups(3).add(live)
            #expect(names("iso/x.iso").count == number)
        }
        for most in 1...3 { #expect(throws: Refusal.self) { try backups(most).checkRoom() } }
        try backups(4).checkRoom()
        try backups(0).checkRoom()
        // The first is old, and would go with one that is not.
        let first = try #require(FileStatus(at: "\(paths.isos)/x.iso/\(names("iso/x.iso")[0])")).changed
        try await eventually("the clock goes on") { UnixTime.now() >= first + 2 }
        try backups(4).add(live)
        let last = try #require(FileStatus(at: live)).changed
        #expect(throws: Refusal.self) { try backups(2, .seconds(2)).checkRoom(now: last + 1) }
        // Their time is over.
        try backups(2, .seconds(-60)).checkRoom()
        try backups(2, .seconds(-60)).add(live)
        #expect(names("iso/x.iso").count == 2)
        try backups(0).add(live)
        try backups(2).add("\(lab.root)/none")
        #expect(names("iso/x.iso").count == 2)
    }

    @Test("what is still to be told is told in its order, once, and what is none of ours is left alone")
    func followUps() throws {
        let queue = FollowUpQueue(state: lab.state)
        #expect(queue.waiting().isEmpty)
        for (at, event, image) in [
            (20, "rolled-back", "b.qcow2"), (3, "published", "a.qcow2"), (100, "published", "../c"),
        ] {
            let json = #"{"at":\#(at),"event":"\#(event)","image":"\#(image)"}"#
            try FileManager.default.createDirectory(
                atPath: "\(lab.state)/follow-ups", withIntermediateDirectories: true)
            try Data(json.utf8).write(to: URL(filePath: "\(lab.state)/follow-ups/\(at).json"))
        }
        try Data("{".utf8).write(to: URL(filePath: "\(lab.state)/follow-ups/0.json"))
        try queue.add(.published, lab.image)
        #expect(queue.waiting().map(\.entry.image) == ["a.qcow2", "b.qcow2", "cd.iso"])
        #expect(queue.waiting().map(\.entry.event) == [.published, .rolledBack, .published])
        for (name, _) in queue.waiting().prefix(2) { queue.done(name) }
        #expect(FollowUpQueue(state: lab.state).waiting().map(\.entry.image) == ["cd.iso"])
    }

    // MARK: Kills

    @Test("killed at any step of taking a set, the next daemon brings it live, once, and keeps what is underway")
    func taking() async throws {
        let own = try #require(ConnectionID(process: getpid()))
        for step in 0..<3 {
            let bytes = PublishLab.iso(UInt8(10 + step))
            try lab.arrive(["": bytes, ".info": PublishLab.info(bytes.count, timestamp: "20260\(step + 1)020900")])
            var record = try #require(UploadSession.read(paths.record(of: lab.image)))
            record.underway[".desc"] = own.description
            try record.write(paths.record(of: lab.image))
            if step > 0 { try record.write(paths.dueRecord(of: lab.image)) }
            if step > 1 { rename(paths.set(of: lab.image), "\(paths.due)/\(lab.image)") }
            _ = await lab.publisher { $0.settle = .seconds(-60) }.publishDue()
            #expect(lab.read("images/cd/cd.iso") == bytes && names("due").isEmpty, "\(step)")
            #expect(lab.events.unkept.filter { $0.kind == .imagePublished }.count == step + 1)
            let rest = try #require(UploadSession.read(paths.record(of: lab.image)))
            #expect(rest.arrived.isEmpty && rest.underway == [".desc": own.description])
        }
    }

    @Test("killed right after it went live, it is told live; killed on the way out of quarantine, it is there still")
    func told() async throws {
        try lab.arrive(["": new, ".info": PublishLab.info(new.count, timestamp: "202602020900")])
        let record = try #require(UploadSession.read(paths.record(of: lab.image)))
        _ = await lab.publisher().publishDue()
        try record.write(paths.dueRecord(of: lab.image))
        _ = await lab.publisher().publishDue()
        #expect(lab.events.unkept.map(\.kind) == [.imagePublished, .imagePublished] && lab.isDone)
        #expect(lab.events.unkept.last?.data["detail"]?.contains("just before the daemon ended") == true)
        try lab.arrive(["": [1, 2, 3]])
        _ = await lab.publisher().publishDue()
        let entry = try #require(lab.quarantine.entries().first)
        let refused = try #require(lab.quarantine.session(entry.name))
        try refused.write(paths.dueRecord(of: lab.image))
        _ = await lab.publisher().publishDue()
        #expect(lab.events.unkept.map(\.kind) == [.imagePublished, .imagePublished, .uploadRefused] && lab.isDone)
        #expect(lab.quarantine.entries() == [entry])
        try lab.quarantine.retry(entry.name, in: paths)
        _ = await lab.publisher().publishDue()
        #expect(lab.quarantine.entries().map(\.reason) == [entry.reason] && lab.read("images/cd/cd.iso") == new)
    }

    @Test("what killed writers left of records goes, and nothing else") func leftovers() throws {
        for name in ["cd.iso.json.abc.new", "cd.iso.json", "other.json.abc.new", "cd.iso.new"] {
            try put("sets/\(name)")
        }
        try UploadSession(image: lab.image, client: try PublishLab.client()).write(paths.record(of: lab.image))
        _ = lab.publisher().recover()
        #expect(names("sets") == ["cd.iso.json", "cd.iso.new", "other.json.abc.new"])
    }
}
