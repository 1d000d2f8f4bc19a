import Foundation
import HookHost
import LinuxKit
import Testing

@testable import Uploads

/// What rsyncd has received, on its way out of rsyncd's reach.
@Suite struct ReceivedTests {
    /// On a filesystem that keeps any time at all, as Btrfs does and ext4 does not.
    private let directory: String

    init() throws {
        var template = Array("/dev/shm/linbo-hookd-received.XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func withFile(_ body: (String) throws -> Void) throws {
        defer { FileTree.remove(directory) }
        let file = "\(directory)/file"
        try Data("bytes".utf8).write(to: URL(fileURLWithPath: file))
        try body(file)
    }

    @Test func whatAnotherConnectionWritesToIsNotTaken() throws {
        try withFile { file in
            let writer = open(file, O_WRONLY | O_CLOEXEC)
            defer { close(writer) }
            #expect(throws: Refusal("another connection still writes to it")) {
                try Received.claim(file, at: "\(directory)/taken")
            }
            #expect(FileTree.names(in: directory) == [])
        }
    }

    @Test func whoeverReadsItIsInNobodysWay() throws {
        try withFile { file in
            let reader = open(file, O_RDONLY | O_CLOEXEC)
            defer { close(reader) }
            let taken = try Received.claim(file, at: "\(directory)/taken")
            #expect(taken.size == 5)
            #expect(FileTree.names(in: directory) == ["taken"])
        }
    }

    @Test func whatAKilledDaemonClaimedIsTaken() throws {
        try withFile { file in
            try #require(rename(file, "\(directory)/taken") == 0)
            let taken = try Received.claim(file, at: "\(directory)/taken")
            #expect(taken.size == 5)
        }
    }

    @Test func aSecondNameIsRefused() throws {
        try withFile { file in
            link(file, "\(directory)/second")
            #expect(throws: Refusal.self) { try Received.claim(file, at: "\(directory)/taken") }
            #expect(FileTree.names(in: directory) == ["file", "second"])
        }
    }

    @Test(arguments: [Int.max, Int.max - 1, 1 << 40, -1, Int.min])
    func aTimeOutOfAllReasonBecomesNow(_ seconds: Int) throws {
        try withFile { file in
            let times = Array(repeating: timespec(tv_sec: seconds, tv_nsec: 0), count: 2)
            try #require(utimensat(AT_FDCWD, file, times, 0) == 0)
            let image = try #require(FileStatus(at: file))
            try Data("torrent".utf8).write(to: URL(fileURLWithPath: "\(directory)/torrent"))
            try Settled.notOlder("\(directory)/torrent", than: image)
            try Settled.settle(file, mode: 0o664)
            let settled = try #require(FileStatus(at: file))
            #expect(Settled.times.contains(settled.modified) && settled.mode == 0o664)
        }
    }

    @Test func aTimeWithinReasonStays() throws {
        try withFile { file in
            let times = Array(repeating: timespec(tv_sec: 1_790_000_000, tv_nsec: 5), count: 2)
            try #require(utimensat(AT_FDCWD, file, times, 0) == 0)
            try Settled.settle(file, mode: 0o664)
            let settled = try #require(FileStatus(at: file))
            #expect(settled.modified == 1_790_000_000 && settled.modifiedNanoseconds == 5)
        }
    }
}
