import Foundation
import Testing

/// rsync skips a file whose size and time are unchanged: the time of made content follows its bytes.
@Suite struct QuickCheckTests {
    private static let path = "images/win11/win11.reg"

    /// Pulls as clients do, and tells whether rsync transferred the file.
    private func transfers(_ school: School, as host: Int = 1) async throws -> Bool {
        let result = try await school.pull(Self.path, as: host, options: ["-HaLz", "--stats", "-i"])
        #expect(result.status == 0, "\(result)")
        let count = result.output.contains("Number of regular files transferred: 1")
        #expect(result.output.contains(">f") == count)
        return count
    }

    private func setKey(_ number: Int, of school: School) throws {
        try school.setHosts([School.row(1, windowsKey: School.key(number)), School.row(2)])
    }

    @Test("the same bytes are not transferred again")
    func unchanged() async throws {
        try await School.open { school in
            let isFirstTransferred = try await transfers(school)
            #expect(isFirstTransferred)
            let time = school.receivedTime("win11.reg", by: 1)
            for _ in 1...3 { #expect(try await !transfers(school)) }
            #expect(school.receivedTime("win11.reg", by: 1) == time)
            #expect(try school.received("win11.reg", by: 1).contains(School.key(1)))
        }
    }

    @Test("another key of the same length is transferred, and the first one again after it")
    func changed() async throws {
        try await School.open { school in
            #expect(try await transfers(school))
            let time = school.receivedTime("win11.reg", by: 1)
            let size = try school.received("win11.reg", by: 1).utf8.count
            for number in [77, 78, 1] {
                try setKey(number, of: school)
                #expect(try await transfers(school))
                #expect(try school.received("win11.reg", by: 1).contains(School.key(number)))
                #expect(try school.received("win11.reg", by: 1).utf8.count == size)
                #expect(try await !transfers(school))
            }
            #expect(school.receivedTime("win11.reg", by: 1) == time)
        }
    }

    @Test("what an admin changes in the tree is transferred")
    func templateChanged() async throws {
        try await School.open { school in
            #expect(try await transfers(school))
            let template = try school.read("srv/\(Self.path)")
            try school.write(template.replacing("LINBO", with: "OBNIL"), to: "srv/\(Self.path)")
            #expect(try await transfers(school))
            #expect(try school.received("win11.reg", by: 1).contains("OBNIL"))
        }
    }

    @Test("two hosts have other bytes and other times")
    func perHost() async throws {
        try await School.open { school in
            for host in [1, 2] {
                let isTransferred = try await transfers(school, as: host)
                #expect(isTransferred)
            }
            #expect(school.receivedTime("win11.reg", by: 1) != school.receivedTime("win11.reg", by: 2))
            for host in [1, 2] { #expect(try await !transfers(school, as: host)) }
        }
    }

    @Test("the time is the same after a restart of the daemon, and from once")
    func otherProcesses() async throws {
        try await School.open { school in
            #expect(try await transfers(school))
            let second = try await school.startSecondHand()
            #expect(try await !transfers(school))
            try await second.stop()
            // Each hook now works by itself.
            #expect(try await !transfers(school))
            #expect(try await transfers(school, as: 2))
            try setKey(77, of: school)
            #expect(try await transfers(school))
            try await school.startDaemon()
            for host in [1, 2] { #expect(try await !transfers(school, as: host)) }
            #expect(try school.received("win11.reg", by: 1).contains(School.key(77)))
        }
    }

    @Test("a probe tells the size and time that the transfer will have")
    func probe() async throws {
        try await School.open { school in
            let probe = try await school.pull(Self.path, as: 1, options: ["-HaLz", "--dry-run", "-i"])
            #expect(probe.output.contains(">f"), "\(probe)")
            let listed = try await school.list(Self.path, as: 1, options: ["-aL"])
            #expect(try await transfers(school))
            let again = try await school.pull(Self.path, as: 1, options: ["-HaLz", "--dry-run", "-i"])
            #expect(!again.output.contains(">f"), "\(again)")
            #expect(try await school.list(Self.path, as: 1, options: ["-aL"]).output == listed.output)
            #expect(try school.received("win11.reg", by: 1).contains(School.key(1)))
        }
    }

    @Test("a directory's download finds what was downloaded by name unchanged")
    func byDirectory() async throws {
        try await School.open { school in
            #expect(try await transfers(school))
            let directory = try await school.pull("images/win11/", as: 1, options: ["-aL", "-i"])
            #expect(directory.status == 0, "\(directory)")
            #expect(directory.output.contains("win11.qcow2"))
            #expect(
                !directory.output.split(separator: "\n").contains { $0.hasPrefix(">f") && $0.hasSuffix("win11.reg") },
                "\(directory)")
        }
    }
}
