import Foundation
import HookHost
import Testing

/// What a daemon died at, as the next one finds it.
@Suite("N1: what the daemon died at")
struct WorkMarksTests {
    private let state = FileManager.default.temporaryDirectory.path + "/linbo-marks-\(UUID().uuidString)"
    private var directory: String { state + "/work" }
    private let work = WorkMarks.Work(.set, "win11.qcow2", version: "1")

    private func removed<Value>(_ body: (WorkMarks) throws -> Value) throws -> Value {
        defer { try? FileManager.default.removeItem(atPath: state) }
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        return try body(WorkMarks(state: state))
    }

    /// As a process leaves it that is killed in the middle.
    private func die(_ marks: WorkMarks, at work: WorkMarks.Work, boot: String? = nil) throws {
        try marks.begin(work)
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) where name.hasSuffix(".mark") {
            var text = try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
            text = text.replacing(/"by":"[^"]*"/, with: #""by":"2147483646@5""#)
            if let boot { text = text.replacing(/"boot":"[^"]*"/, with: "\"boot\":\"\(boot)\"") }
            try text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
        }
    }

    @Test("N1: one death is a chance, the second one sets it aside, a retry forgets both") func twice() throws {
        try removed { marks in
            try die(marks, at: work)
            #expect(marks.count().sentences.count == 1 && marks.setAside().isEmpty && marks.suspects(.set))
            #expect(marks.count().sentences.isEmpty, "counted once")
            try die(marks, at: work)
            #expect(marks.count().sentences.count == 1)
            #expect(throws: WorkMarks.SetAside.self) { try marks.during(work) { Issue.record("done once more") } }
            let aside = try #require(marks.setAside().first)
            #expect(aside.title == "set:win11.qcow2" && aside.deaths == 2 && !marks.suspects(.set))
            #expect(marks.forget("set:win11.qcow2") && !marks.forget("set:win11.qcow2"))
            #expect(try marks.during(work) { 7 } == 7)
            #expect(marks.setAside().isEmpty)
        }
    }

    @Test("N1: a power cut, a planned end and another version count nothing") func others() throws {
        try removed { marks in
            for _ in 0..<3 {
                try die(marks, at: work, boot: "another one")
                #expect(marks.count().sentences.isEmpty)
            }
            try die(marks, at: work)
            _ = marks.count()
            let other = WorkMarks.Work(.set, "win11.qcow2", version: "2")
            try die(marks, at: other)
            _ = marks.count()
            #expect(try marks.during(other) { true }, "the other version's death is none of this one's")
            try marks.begin(work)
            marks.standDown()
            try marks.begin(.init(.torrent, "x/y%z"))
            #expect(WorkMarks(state: state).count().sentences.isEmpty)
        }
    }

    @Test("N1: one boot of the machine is told from another") func boots() {
        #expect(WorkMark.currentBoot.utf8.count == 36, "\(WorkMark.currentBoot)")
    }

    @Test("N1: work that ends leaves no mark, also when it fails") func ends() throws {
        try removed { marks in
            #expect(throws: Refusal.self) { try marks.during(work) { throw Refusal("no") } }
            let left = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(left.isEmpty)
        }
    }

    @Test("N1: after deaths in a row there is more and more time for clients") func pauses() throws {
        try removed { marks in
            var pauses: [Duration] = []
            for round in 0..<12 {
                try die(marks, at: .init(.set, "a\(round).qcow2"))
                pauses.append(marks.count(now: 1000).pause)
            }
            #expect(pauses.prefix(4) == [.zero, .seconds(15), .seconds(30), .seconds(60)])
            #expect(pauses.last == .seconds(600))
            try die(marks, at: .init(.set, "later.qcow2"))
            #expect(marks.count(now: 9000).pause == .zero)
            try Data("9223372036854775807 -9223372036854775808".utf8).write(to: URL(filePath: directory + "/deaths"))
            try die(marks, at: .init(.set, "b.qcow2"))
            #expect(marks.count(now: .max).pause == .zero)
        }
    }

    @Test("N1: a mark lies in its directory and is one work's, whatever that is called") func names() throws {
        let long = String(repeating: "ö", count: 300)
        let names = ["../../x", "a/b", "a%2Fb", "a%b", "..", "", "\n", long, String(long.dropLast()) + "x"]
        try removed { marks in
            for name in names { try die(marks, at: .init(.account, name)) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: state) == ["work"])
            #expect(marks.count().sentences.count == names.count)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == names.count + 1)
            for name in names {
                try die(marks, at: .init(.account, name))
                _ = marks.count()
                #expect(marks.setAside().map(\.name) == [name])
                #expect(marks.forget("account:\(name)"))
            }
        }
    }

    @Test("N1: what lies there and is no mark is left alone, and written through by none") func strangers() throws {
        try removed { marks in
            try die(marks, at: work)
            let mark = "\(directory)/set win11.qcow2.mark"
            let outside = "\(state)/outside"
            let good = try String(contentsOfFile: mark, encoding: .utf8)
            for deaths in ["-1", "1001", "9223372036854775807", "1e300", "null"] {
                try good.replacing(/"deaths":\d+/, with: "\"deaths\":\(deaths)")
                    .write(toFile: mark, atomically: true, encoding: .utf8)
                #expect(marks.count().sentences.isEmpty && marks.setAside().isEmpty && !marks.suspects(.set))
            }
            try good.write(toFile: outside, atomically: true, encoding: .utf8)
            try FileManager.default.removeItem(atPath: mark)
            symlink(outside, mark)
            #expect(marks.count().sentences.isEmpty)
            try marks.begin(work)
            #expect(try String(contentsOfFile: outside, encoding: .utf8) == good)
            marks.end(work)
            // Without a directory to write to the work is done all the same.
            try FileManager.default.removeItem(atPath: directory)
            try Data().write(to: URL(filePath: directory))
            #expect(try marks.during(work) { 7 } == 7)
        }
    }
}
