import Foundation
import HookHost
import LinboModel
import Testing

@testable import Uploads

/// What a kill leaves of a set on its way.
@Suite struct DueSetTests {
    @Test func whatAKilledDaemonWasWritingIsNoFileOfTheSet() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/linbo-due-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let paths = UploadPaths(base: directory)
        let image = try #require(ImageName("win11.qcow2"))
        for directory in [paths.sets, paths.locks, "\(paths.due)/\(image)"] {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
        for suffix in ["", ".info", ".torrent.wenekllkmrxv.new"] {
            try Data("x".utf8).write(to: URL(filePath: "\(paths.due)/\(image)/\(image)\(suffix)"))
        }
        let address = try #require(IPAddress("10.0.0.1"))
        let client = Client(address: address, host: nil, recognition: .unknown("test"))
        try UploadSession(image: image, client: client).write("\(paths.due)/\(image).json")
        let set = try #require(try DueSet(image, in: paths))
        #expect(try set.files().keys.sorted() == ["", ".info"])
    }
}
