import Foundation
import LinboModel
import Testing

@testable import DHCP

/// The servers' own programs, with files that are wrong.
@Suite("Checkers of DHCP servers")
struct CheckerTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    @Test(
        "An error is told with the file's line and the row it is made from",
        arguments: [
            (DHCPServer.isc, "host x {\n  option nonsense 5;\n}\n", 3), (.dnsmasq, "dhcp-host=\"\n", 2),
            (.dnsmasq, "nonsense=1\n", 2),
            (.kea, "\"nonsense\": [\n", 2), (.kea, "\"reservations\": [ { \"hw-address\": \"x\" } ]\n", 2),
        ])
    func told(server: DHCPServer, wrong: String, line: Int) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("linbo-dhcp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        // The unpacked programs want their libraries.
        let checker = directory.appendingPathComponent(server.checker.program)
        try FileManager.default.createSymbolicLink(
            atPath: checker.path, withDestinationPath: Self.tests.appendingPathComponent("Tools/unpacked-program").path)
        let row = SourceLocation(file: "devices.csv", line: 7)
        let rendering = Rendering([
            Rendering.Part(text: "\(server.comment) header\n"), Rendering.Part(text: wrong, source: row),
        ])
        let file = "\(directory.path)/linbo.conf"
        let settings = DHCPSettings(server: server, file: file, checker: checker.path)
        let error = try await #require(throws: DHCPError.self) { try await DHCPFile(settings).check(rendering) }
        #expect(error.what.contains("  \(file):\(line), from devices.csv:7: "), "\(error)")
        #expect(error.what.contains("\(file) is as it was"))
        #expect(!error.what.contains(".linbo-dhcp-") && !error.what.contains("Copyright"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [server.checker.program])
    }
}
