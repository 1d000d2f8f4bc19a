import Foundation
import FuzzKit
import HookHost
import LinboModel
import Testing

@testable import Uploads

@Suite("N1: hostile numbers in records of uploads")
struct HostileNumberTests {
    @Test("N1: a set's record") func records() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/linbo-records-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = "\(directory)/win11.qcow2.json"
        let client = Client(address: try #require(IPAddress("10.0.0.1")), host: nil, recognition: .unknown("test"))
        var record = UploadSession(image: try #require(ImageName("win11.qcow2")), client: client)
        record.arrived = ["": .init(at: 5000, size: 12, inode: 3), ".info": .init(at: 6000, size: 34, inode: 4)]
        record.underway = [".desc": "1@0"]
        try record.write(path)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let paths = UploadPaths(base: "\(directory)/base")
        var taken = 0
        try Hostile(around: [5000, 12]).text(text) { text in
            try Data(text.utf8).write(to: URL(filePath: path))
            guard let record = UploadSession.read(path) else { return }
            taken += 1
            _ = record.due(UploadSettings())
            let name = UploadName.sidecar(try #require(ImageName(record.image)), suffix: ".desc")
            _ = record.stalled(name, for: client, UploadSettings(), lastMove: 0)
            _ = PendingUpload(record, .settling, paths)
        }
        #expect(taken > 0)
        #expect([Int64.max, .max, 1].total() == .max && [Int64]().total() == 0)
    }

    @Test("N1: what lies in tickets") func tokens() {
        Hostile().text("twin 12:34:56:78") { text in _ = UploadToken(text) }
    }
}
