import Foundation
import FuzzKit
import LinboModel
import Logging
import Testing

@testable import HookHost

/// What is remembered of devices.csv over a restart.
@Suite struct DevicesMemoryTests {
    private final class Site {
        let directory = FileManager.default.temporaryDirectory.path + "/memory-\(UUID().uuidString)"
        let file: String

        init() throws {
            file = "\(directory)/schools/default-school/devices.csv"
            for path in ["schools/default-school", "state"] {
                try FileManager.default.createDirectory(
                    atPath: "\(directory)/\(path)", withIntermediateDirectories: true)
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }

        func write(_ count: Int) throws {
            let rows = (1...count).map {
                "r1;pc\($0);g;52:54:00:00:00:\(String(format: "%02x", $0));10.0.0.\($0);;;;;;1\n"
            }
            try rows.joined().write(toFile: file, atomically: true, encoding: .utf8)
        }

        /// As after a start of the daemon.
        func hosts() -> HostDirectory {
            HostDirectory(
                schools: "\(directory)/schools", addresses: AddressTable(neighbours: "/dev/null", leaseFiles: []),
                state: "\(directory)/state", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }
    }

    private enum Breakage: CaseIterable { case gone, empty, cut, nul }

    @Test(
        "a devices.csv that is gone or broken counts as it was, over a restart, too", arguments: Breakage.allCases)
    private func broken(_ breakage: Breakage) throws {
        let site = try Site()
        try site.write(50)
        site.hosts().remember()
        switch breakage {
        case .gone: try FileManager.default.removeItem(atPath: site.file)
        case .empty: try "".write(toFile: site.file, atomically: true, encoding: .utf8)
        case .cut: try "r1;pc1;g;52".write(toFile: site.file, atomically: true, encoding: .utf8)
        case .nul: try "r1;pc1\0;g\n".write(toFile: site.file, atomically: true, encoding: .utf8)
        }
        let hosts = site.hosts()
        #expect(hosts.devices.hosts.count == 50)
        #expect(hosts.problems.contains { $0.what.contains("keeps the version of") && $0.severity == .error })
        // What is kept does not become what is good.
        hosts.remember()
        #expect(site.hosts().devices.hosts.count == 50)
        try site.write(60)
        #expect(site.hosts().devices.hosts.count == 60)
    }

    @Test("more than a tenth of the hosts gone is told, over restarts, until they are back")
    func loss() throws {
        let site = try Site()
        try site.write(100)
        site.hosts().remember()
        try site.write(91)
        let few = site.hosts()
        #expect(few.problems.isEmpty)
        try site.write(89)
        let many = site.hosts()
        #expect(many.problems.map(\.what) == ["89 hosts, and there were 100: more than a tenth are gone"])
        many.remember()
        #expect(site.hosts().problems.count == 1)
        try site.write(88)
        site.hosts().remember()
        #expect(site.hosts().problems.first?.what.hasPrefix("88 hosts, and there were 100") == true)
        try site.write(95)
        site.hosts().remember()
        #expect(site.hosts().problems.isEmpty)
    }

    @Test("files of other schools are remembered each by itself; one that was never there is none")
    func schools() throws {
        let site = try Site()
        try site.write(3)
        site.hosts().remember()
        try FileManager.default.createDirectory(
            atPath: "\(site.directory)/schools/alpha", withIntermediateDirectories: true)
        #expect(site.hosts().devices.hosts.count == 3 && site.hosts().problems.isEmpty)
    }

    @Test("N1: what is remembered can be anything: no number in it ends the daemon")
    func hostile() throws {
        let site = try Site()
        try site.write(10)
        site.hosts().remember()
        let counts = "\(site.directory)/state/devices/counts.json"
        let good = try String(contentsOfFile: counts, encoding: .utf8)
        #expect(good.contains("\"hosts\":10"))
        for text in [good, good.replacing("\"hosts\":10", with: "\"hosts\":10,\"before\":20,\"since\":5")] {
            Hostile().text(text) { hostile in
                try? Data(hostile.utf8).write(to: URL(filePath: counts))
                _ = site.hosts().problems
            }
        }
        // It is made anew from what is there.
        for text in ["", "[]", "{}", good.replacing("\"hosts\":10", with: "\"hosts\":-9223372036854775808")] {
            try text.write(toFile: counts, atomically: true, encoding: .utf8)
            try site.write(11)
            site.hosts().remember()
            #expect(site.hosts().problems.isEmpty)
            #expect(try String(contentsOfFile: counts, encoding: .utf8).contains("\"hosts\":11"))
            try site.write(10)
        }
    }
}
