import Foundation
import HookStore
import Testing

@Suite struct StoreTests {
    private func failure(_ folder: String) throws -> StoreError {
        try #require(throws: StoreError.self) { try Store(folder: folder) }
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func aDestroyedFileIsToldWithItsOwnMend() throws {
        try withFolder { folder in
            let file = "\(folder)/\(Store.fileName)"
            try Data(repeating: 7, count: 8192).write(to: URL(filePath: file))
            let words = try failure(folder).description
            #expect(words.hasPrefix("\(file): the file is destroyed (SQLite error 26"), "\(words)")
            #expect(words.contains("move it away with its -wal and -shm") && !words.contains("owner"), "\(words)")
        }
    }

    @Test func whatIsWrongIsToldOnce() throws {
        try withFolder { folder in
            let file = "\(folder)/file"
            try Data().write(to: URL(filePath: file))
            #expect(
                try failure(file).description
                    == "\(file)/\(Store.fileName): Not a directory; "
                    + "check the state folder's owner, its free space and that it is on a local disk")
            let words = try #require(throws: StoreError.self) { try Store(reading: folder) }.description
            #expect(
                words.hasPrefix("\(folder)/\(Store.fileName): it is not there yet; the daemon makes it"), "\(words)")
        }
    }
}
