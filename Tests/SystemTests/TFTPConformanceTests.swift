import Foundation
import Testing

/// The prober of `Tests/Tools/tftpload.c`: each of its probes has been seen to fail against some server.
@Suite struct TFTPConformanceTests {
    private func probe(_ keys: String) async throws -> (failed: [Substring], summary: TFTPLoad.Summary, CommandResult) {
        var found: (failed: [Substring], summary: TFTPLoad.Summary, CommandResult)?
        try await School.open(.withTFTP(keys)) { school in
            let (summary, result) = try await TFTPLoad.run(
                ["-m", "conform", "-D", school.tree.path, "-p", "\(school.tftpPort)"])
            found = (result.output.split(separator: "\n").filter { $0.hasPrefix("FAIL") }, summary, result)
        }
        return try #require(found)
    }

    @Test("every probe passes")
    func conforms() async throws {
        let (failed, summary, result) = try await probe("")
        #expect(failed.isEmpty, "\(result)")
        #expect(summary.probes == 116 && summary.pass == 116, "\(result)")
    }

    /// A stranger's packet comes to the well-known port there, as any forged one may: it is dropped, and no error 5
    /// answers it, with which a third party's address could be written to. All else is as with many ports.
    @Test("with a single port every probe passes but that a stranger is told of its error")
    func singlePort() async throws {
        let (failed, summary, result) = try await probe("single-port: true")
        let names = failed.compactMap { $0.split(separator: " ").dropFirst().first }
        #expect(names == ["foreign-tid-error-5"], "\(result)")
        #expect(summary.probes == 116, "\(result)")
    }
}
