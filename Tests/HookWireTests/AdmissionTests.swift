import Foundation
import Glibc
import LinuxKit
import Synchronization
import Testing

@testable import HookWire

/// The start of a connection as `linbo-hook early` makes it, without the daemon.
@Suite final class AdmissionTests {
    private let address = "10.0.0.5"
    private let paths: ViewPaths
    /// A connection of this very process, `PID@TICKS`.
    private let live: String
    private let ticks: UInt64

    init() throws {
        ticks = try #require(ProcessStart.ticks(of: getpid()))
        live = "\(getpid())@\(ticks)"
        paths = ViewPaths(base: FileManager.default.temporaryDirectory.path + "/admission-\(UUID().uuidString)")
        for directory in [paths.views, paths.live] {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: paths.base) }

    private func admit(_ connection: String, patience: Int = 60_000) -> Int32 {
        Admission.admit(connection, address: address, paths: paths, patience: patience)
    }

    private var records: [String] { FileTree.names(in: paths.records(of: address)) }

    private func touch(_ path: String) { close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o644)) }

    @Test("the first connection gets a record and a directory; asked again for the same one, nothing changes")
    func first() throws {
        #expect(admit("7@9") == 0)
        #expect(records == ["7@9"])
        let record = try #require(FileStatus(at: paths.record(of: address, "7@9")))
        #expect(record.mode == 0o600 && record.size == 0)
        let view = try #require(FileStatus(at: paths.view(of: address)))
        #expect(view.kind == .directory && view.mode == 0o755)
        try Data("ticket".utf8).write(to: URL(filePath: paths.record(of: address, "7@9")))
        touch(paths.view(of: address) + "/placed")
        #expect(admit("7@9") == 0)
        #expect(FileStatus(at: paths.record(of: address, "7@9"))?.size == 6)
        #expect(FileTree.names(in: paths.view(of: address)) == ["placed"])
        // The next one comes to the directory that is there.
        #expect(admit("8@9") == 0)
        #expect(records == ["7@9", "8@9"] && FileTree.names(in: paths.view(of: address)) == ["placed"])
    }

    @Test("the record and the directory that the last connection left are used again")
    func spares() throws {
        mkdir(paths.records(of: address), 0o700)
        touch(paths.spareRecord(of: address))
        mkdir(paths.spareView(of: address), 0o755)
        let (record, view) = (
            FileStatus(at: paths.spareRecord(of: address)), FileStatus(at: paths.spareView(of: address))
        )
        #expect(admit("7@9") == 0)
        #expect(records == ["7@9"])
        #expect(FileStatus(at: paths.record(of: address, "7@9"))?.inode == record?.inode)
        #expect(FileStatus(at: paths.view(of: address))?.inode == view?.inode)
    }

    @Test("an address has so many live connections; one that is recorded already is not one more")
    func limit() throws {
        for number in 0..<Admission.limit { #expect(admit("\(live)#\(number)") == 0) }
        #expect(admit("\(live)#99") == Admission.tooMany)
        #expect(records.count == Admission.limit)
        #expect(admit("\(live)#3") == 0)
        #expect(Admission.admit(live, address: "10.0.0.6", paths: paths, patience: 60_000) == 0)
    }

    @Test("what is no live connection's counts for nobody, whatever its name")
    func dead() throws {
        // A pid that is used again, one that no process has, numbers that are none, and files beside the records.
        let names = [
            "\(getpid())@\(ticks + 1)", "2147483646@5", "99999999999999999999@1", "-1@1", "x@y", "@", "@5", "+@",
            "\(getpid())x@\(ticks)", "owner", "spare-view",
        ]
        mkdir(paths.records(of: address), 0o700)
        for name in names + (0..<Admission.limit).map({ "2147483646@\($0)" }) {
            touch("\(paths.records(of: address))/\(name)")
        }
        for number in 0..<Admission.limit { #expect(admit("\(live)#\(number)") == 0, "\(number)") }
        // Of one whose start is not known it counts that the process is there.
        unlink(paths.record(of: address, "\(live)#0"))
        touch("\(paths.records(of: address))/\(getpid())@0")
        #expect(admit("\(live)#99") == Admission.tooMany)
    }

    @Test("of those that come at once, exactly as many as may come in")
    func atOnce() {
        let admitted = Atomic(0)
        let (paths, address, live) = (paths, address, live)
        DispatchQueue.concurrentPerform(iterations: 100) { number in
            let code = Admission.admit("\(live)#\(number)", address: address, paths: paths, patience: 60_000)
            if code == 0 { admitted.add(1, ordering: .relaxed) }
        }
        #expect(admitted.load(ordering: .relaxed) == Admission.limit && records.count == Admission.limit)
    }

    @Test("a lock that a stopped process holds keeps nobody from booting") func stuckLock() {
        let lock = FileLock(paths.records(of: address), .directory, before: Deadline(inMilliseconds: 0))
        let isHeld = lock != nil
        #expect(isHeld)
        #expect(admit("7@9", patience: 1) == 0)
        #expect(records == ["7@9"] && FileStatus(at: paths.view(of: address))?.kind == .directory)
        withExtendedLifetime(lock) {}
    }

    @Test("without the directories above it makes none, and says so; through a link it writes nothing")
    func inTheWay() throws {
        let elsewhere = "\(paths.base)/elsewhere"
        mkdir(elsewhere, 0o755)
        symlink(elsewhere, paths.records(of: address))
        #expect(admit("7@9") != 0)
        #expect(FileTree.names(in: elsewhere).isEmpty && FileStatus(at: paths.view(of: address)) == nil)
        try FileManager.default.removeItem(atPath: paths.base)
        #expect(admit("7@9") == ENOENT)
        #expect(FileStatus(at: paths.base) == nil)
    }
}
