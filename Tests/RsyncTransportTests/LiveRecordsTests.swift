import Foundation
import HookHost
import HookTesting
import HookWire
import LinboModel
import LinuxKit
import Testing

@testable import RsyncTransport

/// Records and views on disk, as daemon, `once` and hooks leave them to each other.
@Suite final class LiveRecordsTests {
    private let address = "10.0.0.5"
    private let paths: ViewPaths
    private let records: LiveRecords

    init() throws {
        paths = ViewPaths(base: FileManager.default.temporaryDirectory.path + "/records-\(UUID().uuidString)")
        records = LiveRecords(paths: paths)
        try records.prepare()
    }

    deinit { try? FileManager.default.removeItem(atPath: paths.base) }

    private func admit(_ process: Int32) throws -> ConnectionID {
        try records.admit(
            HookEnvironment(
                [
                    "RSYNC_MODULE_NAME=linbo", "RSYNC_MODULE_PATH=\(paths.view(of: address))",
                    "RSYNC_HOST_ADDR=\(address)", "RSYNC_PID=\(process)",
                ].map { Array($0.utf8) }))
    }

    private func place(_ names: Int) throws {
        for name in 0..<names { try Disk.write([1], to: "\(paths.view(of: address))/\(name)") }
    }

    private var client: Client {
        get throws { Client(address: try #require(IPAddress(address)), host: nil, recognition: .unknown("test")) }
    }

    private func owner(_ text: String) throws -> ViewOwner { try #require(ViewOwner(text: text)) }

    @Test("with the last connection its view goes, whatever is in it; before that it stays", arguments: [0, 8, 9, 40])
    func lastOne(_ files: Int) throws {
        let sleepers = (try Sleeper(), try Sleeper())
        let (one, two) = (try admit(sleepers.0.process), try admit(sleepers.1.process))
        try place(files)
        if files == 40 { mkdir(paths.view(of: address) + "/directory", 0) }
        try records.release(one, address: address)
        #expect(records.connections(of: address) == [two])
        #expect(FileTree.names(in: paths.view(of: address)).count >= files)
        try records.release(two, address: address)
        #expect(records.connections(of: address).isEmpty && FileStatus(at: paths.view(of: address)) == nil)
        #expect(FileTree.names(in: paths.trash).isEmpty)
        // The next one finds nothing of theirs.
        _ = try admit(sleepers.0.process)
        #expect(FileTree.names(in: paths.view(of: address)).isEmpty)
        #expect(records.ticket(of: one, address: address) == nil)
    }

    @Test("a directory that was given another mode is not used again")
    func mode() throws {
        let sleeper = try Sleeper()
        let connection = try admit(sleeper.process)
        chmod(paths.view(of: address), 0o2775)
        try records.release(connection, address: address)
        #expect(FileStatus(at: paths.view(of: address)) == nil && FileStatus(at: paths.spareView(of: address)) == nil)
        #expect(FileTree.names(in: paths.trash).isEmpty)
    }

    @Test("an outcome that is told is not told again, also if its record can't be let go of just then")
    func locked() throws {
        let sleeper = try Sleeper()
        let connection = try admit(sleeper.process)
        try records.write(TicketTests.ticket, of: connection, address: address)
        #expect(records.ticket(of: connection, address: address) == TicketTests.ticket)
        let lock = FileLock(paths.records(of: address), .directory, before: Deadline(inMilliseconds: 0))
        let isHeld = lock != nil
        #expect(isHeld)
        #expect(throws: SystemError.self) { try records.release(connection, address: address) }
        withExtendedLifetime(lock) {}
        #expect(records.connections(of: address) == [connection])
        #expect(records.ticket(of: connection, address: address) == nil)
    }

    @Test("a ticket is cut to its length, and written through no link")
    func tickets() throws {
        let sleeper = try Sleeper()
        let connection = try admit(sleeper.process)
        var long = TicketTests.ticket
        long.deliveries += (0..<50).map { Delivery(path: "file \($0)", decision: .plain) }
        for ticket in [long, TicketTests.ticket, long] {
            try records.write(ticket, of: connection, address: address)
            #expect(records.ticket(of: connection, address: address) == ticket)
        }
        let record = paths.record(of: address, connection.description)
        let elsewhere = "\(paths.base)/elsewhere"
        try Disk.write([7], to: elsewhere)
        unlink(record)
        symlink(elsewhere, record)
        #expect(throws: SystemError.self) { try records.write(long, of: connection, address: address) }
        #expect(try FileBytes.read(elsewhere, limit: 10).bytes == [7])
    }

    @Test("a start clears what a crash left, and what is another's keeps its mode no longer")
    func prepared() throws {
        let outside = "\(paths.base)-outside"
        defer { try? FileManager.default.removeItem(atPath: outside) }
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        try Disk.write([1], to: "\(outside)/kept")
        for directory in [paths.temporary, paths.trash] {
            try Disk.write([1], to: "\(directory)/left")
            symlink(outside, "\(directory)/link")
            try FileManager.default.createDirectory(
                atPath: "\(directory)/deep/er", withIntermediateDirectories: true)
            chmod(directory, 0o777)
        }
        try records.prepare()
        for directory in [paths.temporary, paths.trash, paths.live] {
            #expect(FileTree.names(in: directory).isEmpty && FileStatus(at: directory)?.mode == 0o700)
        }
        #expect(FileTree.names(in: outside) == ["kept"])
    }

    @Test("what is kept aside for a client goes when it has not come for a while, and never under a connection")
    func forgotten() async throws {
        let sleeper = try Sleeper()
        let connection = try admit(sleeper.process)
        records.forget(address, after: -1)
        #expect(records.connections(of: address) == [connection])
        try records.release(connection, address: address)
        records.forget(address, after: 3600)
        #expect(FileStatus(at: paths.spareRecord(of: address)) != nil)
        // A child of another test that is just being started may have a copy of the lock.
        try await eventually("it goes") {
            records.forget(address, after: 0)
            return records.addresses().isEmpty
        }
        // At start, whatever lies there without a record is nobody's.
        mkdir(paths.view(of: "10.0.0.9"), 0o755)
        _ = try admit(sleeper.process)
        records.removeUnused()
        #expect(FileTree.names(in: paths.views) == [address] && records.addresses() == [address])
    }

    @Test("a view is emptied for another owner, and for one when nobody knows whose it was; never for the same")
    func owners() throws {
        let sleeper = try Sleeper()
        _ = try admit(sleeper.process)
        let (one, sameCard) = (try owner("pc01 52:54:00:00:00:01"), try owner("pc01 -"))
        func left(by last: ViewOwner?, to new: ViewOwner) throws -> Int {
            unlink(paths.owner(of: address))
            if let last { try Disk.write(Array(last.text.utf8), to: paths.owner(of: address)) }
            try place(3)
            try records.take(address, for: new)
            #expect(records.holds(new, address))
            return FileTree.names(in: paths.view(of: address)).count
        }
        #expect(try left(by: one, to: one) == 3 && left(by: one, to: sameCard) == 3 && left(by: sameCard, to: one) == 3)
        for other in ["pc02 52:54:00:00:00:01", "pc01 52:54:00:00:00:02", "- 52:54:00:00:00:01", "- -"] {
            #expect(try left(by: owner(other), to: one) == 0, "\(other)")
            #expect(!records.holds(try owner(other), address))
        }
        #expect(try left(by: nil, to: one) == 0)
    }

    @Test("an owner comes back from disk; what is none is nobody's")
    func ownerTexts() throws {
        for text in ["pc01 52:54:00:00:00:01", "pc01 -", "- 52:54:00:00:00:01", "- -"] {
            #expect(ViewOwner(text: text)?.text == text)
        }
        for text in ["", " ", "pc01", "pc01 ", "pc01 x", " -", "pc01 - -", "pc01  -", "pc01 52:54:00:00:00:0", "\0 \0"]
        {
            #expect(ViewOwner(text: text) == nil, "\(text)")
        }
        #expect(try ViewOwner(client, mac: nil).text == "- -")
    }
}
