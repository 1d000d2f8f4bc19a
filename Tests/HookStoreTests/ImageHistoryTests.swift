import Foundation
import HookStore
import Testing

@Suite struct ImageHistoryTests {
    private static func entry(
        _ image: String, _ at: Int64, _ action: ImageHistoryEntry.Action = .published
    ) -> ImageHistoryEntry {
        ImageHistoryEntry(image: image, timestamp: nil, action: action, at: at)
    }

    @Test func theNewestOfAnImageOldestFirst() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/linbo-hookd-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let history = try Store(directory: directory).images
        let entries = [
            ImageHistoryEntry(
                image: "win11.qcow2", timestamp: "202601010800", action: .published, host: "pc01", address: "10.0.0.5",
                at: 0, bytes: 7, infoHash: String(repeating: "a", count: 40), note: "first"),
            Self.entry("ubuntu.qcow2", 1), Self.entry("win11.qcow2", 2), Self.entry("ubuntu.qcow2", 3),
            Self.entry("win11.qcow2", 4, .rolledBack),
        ]
        for entry in entries { try history.append(entry) }
        #expect(try history.entries() == entries)
        #expect(try history.entries(of: "win11.qcow2", limit: 2) == [entries[2], entries[4]])
        // Another process sees it, by a database that has been migrated already.
        #expect(try Store(reading: directory).images.entries(of: "ubuntu.qcow2") == [entries[1], entries[3]])
    }
}
