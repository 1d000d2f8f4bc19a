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
}
