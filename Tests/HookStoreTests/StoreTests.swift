import Foundation
import HookStore
import Testing

@Suite struct StoreTests {
    private func failure(_ directory: String) throws -> StoreError {
        try #require(throws: StoreError.self) { try Store(directory: directory) }
    }

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    @Test func aDestroyedFileIsToldWithItsOwnMend() throws {
        try withDirectory { directory in
            let file = "\(directory)/\(Store.fileName)"
            try Data(repeating: 7, count: 8192).write(to: URL(filePath: file))
            let words = try failure(directory).description
            #expect(words.hasPrefix("\(file): the file is destroyed (SQLite error 26"), "\(words)")
            #expect(words.contains("move it away with its -wal and -shm") && !words.contains("owner"), "\(words)")
        }
    }

    @Test func whatIsWrongIsToldOnce() throws {
        try withDirectory { directory in
            let file = "\(directory)/file"
            try Data().write(to: URL(filePath: file))
            #expect(
                try failure(file).description
                    == "\(file)/\(Store.fileName): Not a directory; "
                    + "check the state directory's owner, its free space and that it is on a local disk")
            let words = try #require(throws: StoreError.self) { try Store(reading: directory) }.description
            #expect(
                words.hasPrefix("\(directory)/\(Store.fileName): it is not there yet; the daemon makes it"), "\(words)")
        }
    }

    @Test("Reading makes no database, changes none, and tells one of an older version") func readingChangesNothing()
        throws
    {
        try withDirectory { directory in
            let file = URL(filePath: "\(directory)/\(Store.fileName)")
            #expect(throws: StoreError.self) { try Store(reading: directory) }
            #expect(!FileManager.default.fileExists(atPath: file.path()))
            let step = Migration("new: table", sql: "CREATE TABLE new (id INTEGER)")
            do { _ = try Store(directory: directory) }
            let before = try Data(contentsOf: file)
            let words = try #require(throws: StoreError.self) { try Store(reading: directory, migrations: [step]) }
                .description
            #expect(words.contains("it is an older version's; the daemon of this version"), "\(words)")
            let store = try Store(reading: directory)
            #expect(try store.audit.count() == 0)
            #expect(throws: (any Error).self) { try store.events.forget(before: .max) }
            #expect(try Data(contentsOf: file) == before)
            do { _ = try Store(directory: directory, migrations: [step]) }
            // What a later version, or a plugin that is gone, did before is none of this one's.
            #expect(try Store(reading: directory).audit.count() == 0)
        }
    }
}
