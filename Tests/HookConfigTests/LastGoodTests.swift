import Foundation
import Glibc
import HookConfig
import LinuxKit
import Testing

/// The configuration's file, and what is kept of it for when it is wrong.
@Suite final class LastGoodTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/last-good-\(UUID().uuidString)"
    private var file: String { "\(directory)/c.yaml" }

    init() throws {
        for name in ["near", "state"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
    }

    deinit { FileTree.remove(directory) }

    private func write(_ text: String, to name: String = "c.yaml") throws {
        try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
    }

    private func inode(_ name: String) -> UInt64? { FileStatus(at: "\(directory)/\(name)/last-good.json")?.inode }

    @Test("what was kept is found beside the views, and by the state that the file names, however broken that is")
    func found() throws {
        let kept = LastGood(file: file, text: "hook: {}\n", at: 5)
        #expect(LastGood(of: file, near: "\(directory)/near") == nil)
        try kept.keep(in: ["\(directory)/near"])
        #expect(LastGood(of: file, near: "\(directory)/near") == kept && LastGood(of: file) == nil)
        try kept.keep(in: ["\(directory)/state"])
        for state in ["\(directory)/state", "'\(directory)/state' # ours", "\"\(directory)/state\""] {
            try write("rubbish: [\nstate: \(state)\n")
            #expect(LastGood(of: file) == kept, "\(state)")
        }
        try write("state: state\n")
        #expect(LastGood(of: file) == nil)
    }

    @Test("a number sign is part of the state's name unless a blank stands before it, or it is within quotes")
    func numberSigns() throws {
        let kept = LastGood(file: file, text: "hook: {}\n", at: 5)
        for name in ["school#1", "school #1"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
        try kept.keep(in: ["\(directory)/school#1"])
        for state in ["\(directory)/school#1", "\(directory)/school#1 # ours", "\(directory)/school#1\t#ours"] {
            try write("state: \(state)\n")
            #expect(LastGood(of: file) == kept, "\(state)")
        }
        FileTree.remove("\(directory)/school#1")
        try kept.keep(in: ["\(directory)/school #1"])
        for state in ["'\(directory)/school #1'", "\"\(directory)/school #1\" # 'ours'"] {
            try write("state: \(state)\n")
            #expect(LastGood(of: file) == kept, "\(state)")
        }
        for state in ["\(directory)/school #1", "# \(directory)/school #1", ""] {
            try write("state: \(state)\n")
            #expect(LastGood(of: file) == nil, "\(state)")
        }
    }

    @Test("another file's is not taken for it, and a file that moved has its own")
    func otherFile() throws {
        let places = ["\(directory)/near"]
        try LastGood(file: "\(directory)/other.yaml", text: "hook: {}\n").keep(in: places)
        #expect(LastGood(of: file, near: places[0]) == nil)
        try LastGood(file: file, text: "hook: {}\n").keep(in: places)
        #expect(LastGood(of: file, near: places[0]) != nil)
        #expect(LastGood(of: "\(directory)/./near/../c.yaml", near: places[0])?.file == file)
    }

    @Test("the same text is not written again, so it is told since when; a newer one is, for its owner alone")
    func keptOnce() throws {
        let places = ["\(directory)/near", "\(directory)/state"]
        try LastGood(file: file, text: "a", at: 1).keep(in: [places[0]])
        let first = inode("near")
        try LastGood(file: file, text: "a", at: 2).keep(in: places)
        #expect(inode("near") == first && LastGood(of: file, near: places[0])?.at == 1)
        #expect(LastGood(of: file, near: places[1])?.at == 2)
        try LastGood(file: file, text: "b", at: 3).keep(in: places)
        #expect(places.allSatisfy { LastGood(of: file, near: $0)?.text == "b" })
        #expect(FileStatus(at: "\(places[0])/last-good.json")?.mode == 0o600)
        #expect(throws: SystemError.self) { try LastGood(file: file, text: "c").keep(in: ["\(directory)/none"]) }
    }

    @Test("what is damaged, a link, or another user's is nothing") func strange() throws {
        let record = "\(directory)/near/last-good.json"
        func found() -> Bool { LastGood(of: file, near: "\(directory)/near") != nil }
        try LastGood(file: file, text: "a").keep(in: ["\(directory)/near"])
        let whole = try Data(contentsOf: URL(filePath: record))
        try #require(found())
        for damaged in [Data(), whole.dropLast(2), Data("[]".utf8)] {
            try damaged.write(to: URL(filePath: record))
            #expect(!found())
        }
        try whole.write(to: URL(filePath: "\(directory)/real.json"))
        unlink(record)
        symlink("\(directory)/real.json", record)
        #expect(!found())
        unlink(record)
        try whole.write(to: URL(filePath: record))
        try #require(found())
        guard geteuid() == 0 else { return }
        chown(record, 65_534, 65_534)
        #expect(!found())
    }

    @Test(
        "a file in which nothing stands is no configuration",
        arguments: ["", "\n\n", "# all\n  # of it\n", "\u{FEFF}# x\r\n\t# y", "  \t \n"])
    func empty(_ text: String) throws {
        try write(text)
        let error = #expect(throws: ConfigError.self) { try ConfigFile.text(of: self.file) }
        #expect(error?.description == "\(file):1: nothing stands in it; write it anew from the sample")
    }

    @Test("one that can't be read is told with the way out; a link is followed, as admins lay them")
    func unreadable() throws {
        func fault(_ name: String) -> String? {
            (#expect(throws: ConfigError.self) { try ConfigFile.text(of: "\(self.directory)/\(name)") })?.description
        }
        try Data([0x61, 0xFF, 0x0A]).write(to: URL(filePath: "\(directory)/latin"))
        try write("a: " + String(repeating: "x", count: 1 << 20), to: "large")
        mkfifo("\(directory)/fifo", 0o600)
        for (name, words) in [
            ("none", "No such file"), ("state", "Invalid argument"), ("fifo", "Invalid argument"),
            ("latin", "it is not UTF-8"), ("large", "1048576 is the limit"),
        ] {
            let told = try #require(fault(name))
            #expect(told.contains("can't be read: ") && told.contains(words) && told.contains("--config"), "\(told)")
        }
        try write("a: 1\n")
        symlink(file, "\(directory)/link")
        #expect(try ConfigFile.text(of: "\(directory)/link") == "a: 1\n")
    }
}
