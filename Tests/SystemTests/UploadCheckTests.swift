import Foundation
import HookStore
import LinboModel
import Testing

/// Defect 44 of docs/linbo.md#defects-of-the-old-hooks: what arrives is looked at; what must not go live lies in
/// quarantine, and the tree is as it was.
@Suite struct UploadCheckTests {
    private static func open(_ body: (School) async throws -> Void) async throws {
        try await School.open(.withUploads()) { school async throws in
            try FileManager.default.createDirectory(at: school.outbox(""), withIntermediateDirectories: true)
            try await body(school)
        }
    }

    @Test("defect 44: no qcow2") func noImage() async throws {
        try await Self.open { school async throws in
            try school.write(school.randomBytes(100_000), to: "outbox/win11.qcow2")
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.isQuarantined("win11.qcow2", because: "win11.qcow2")
        }
    }

    /// 4 KiB whose numbers do not fit each other: a name that is longer than the cluster that it lies in.
    @Test("N1: a header that made the daemon trap") func hostileHeader() async throws {
        try await Self.open { school async throws in
            func big(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
            var image: [UInt8] = Array("QFI".utf8) + [0xFB] + big(UInt32(3)) + big(UInt64(112)) + big(UInt32(600))
            image += big(UInt32(9)) + big(UInt64(1 << 30)) + big(UInt32(0)) + big(UInt32(1)) + big(UInt64(1024))
            image += big(UInt64(512)) + big(UInt32(1)) + big(UInt32(0)) + big(UInt64(0))
            image += big(UInt64(0)) + big(UInt64(0)) + big(UInt64(0)) + big(UInt32(4)) + big(UInt32(104))
            image += [UInt8](repeating: 0, count: 4096 - image.count)
            try school.write(image, to: "outbox/win11.qcow2")
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            let process = try await school.daemonProcess()
            try await school.isQuarantined("win11.qcow2", because: "the name of its backing file")
            #expect(try await school.daemonProcess() == process)
        }
    }

    @Test("defect 44: cut off") func cutOff() async throws {
        try await Self.open { school async throws in
            let image = try await school.makeImage("win11.qcow2")
            let handle = try FileHandle(forWritingTo: image)
            try handle.truncate(atOffset: 70_000)
            try handle.close()
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.isQuarantined("win11.qcow2", because: "it was cut off")
        }
    }

    @Test("defect 44: a backing file", arguments: ["/etc/shadow", "../../x.qcow2", "win10.qcow2"])
    func backing(_ file: String) async throws {
        try await Self.open { school async throws in
            try await school.qemuImage(
                "create", "-u", "-f", "qcow2", "-b", file, "-F", "qcow2", school.outbox("win11.qcow2").path, "10M")
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.isQuarantined("win11.qcow2", because: "it is a difference to '\(file)'")
        }
    }

    @Test("defect 44: data in another file") func dataFile() async throws {
        try await Self.open { school async throws in
            let data = school.directory.path + "/data.raw"
            try await school.qemuImage(
                "create", "-f", "qcow2", "-o", "data_file=\(data)", school.outbox("win11.qcow2").path, "10M")
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.isQuarantined("win11.qcow2", because: "its data lie in another file")
        }
    }

    @Test("defect 44: an .info that lies about the size") func size() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800", size: 12)
            try await school.isQuarantined("win11.qcow2", because: "its .info says 12")
        }
    }

    @Test("defect 44: an .info alone that is not of the live image") func infoAlone() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            try school.makeInfo("win11.qcow2", timestamp: "202611250900", size: 12)
            try await school.isQuarantined("win11.qcow2", because: "its .info says 12", suffixes: [".info"])
        }
    }

    @Test("defect 44: a difference to an image that is not live any more") func oldBase() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            try await school.qemuImage(
                "create", "-u", "-f", "qcow2", "-b", "win11.qcow2", "-F", "qcow2", school.outbox("win11.qdiff").path,
                "10M")
            try school.makeInfo(
                "win11.qdiff", timestamp: "202611250900", extra: "backingfile_timestamp=\"202501010000\"\n")
            try await school.isQuarantined("win11.qdiff", because: "the one of 202611250800 is live")
            try school.makeInfo(
                "win11.qdiff", timestamp: "202611250900", extra: "backingfile_timestamp=\"202611250800\"\n")
            try await school.pushSet("win11.qdiff", as: 1)
            try await school.goesLive("win11.qdiff")
            #expect(try school.bytes(school.live("win11.qcow2")) == school.bytes("outbox/win11.qcow2"))
        }
    }

    @Test(
        "links, directories, devices and fifos are no uploads", arguments: ["symlink", "directory", "fifo", "device"])
    func noFiles(_ kind: String) async throws {
        try await Self.open { school async throws in
            let path = school.outbox("win11.qcow2").path
            switch kind {
            case "symlink": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/shadow")
            case "directory": try school.write("x", to: "outbox/win11.qcow2/win11.qcow2")
            case "fifo": mkfifo(path, 0o600)
            default:
                guard geteuid() == 0 else { return }
                mknod(path, S_IFCHR | 0o600, 0x0103)
            }
            let before = try await school.fingerprint()
            _ = try await school.push("win11.qcow2", to: "images/win11/win11.qcow2", as: 1)
            try await eventually("it is over") {
                try await school.audit().contains { $0.path == "images/win11/win11.qcow2" }
            }
            try await school.uploadsAreDone()
            #expect(try await school.fingerprint() == before)
            let entries = try await school.audit().filter { $0.path == "images/win11/win11.qcow2" }
            #expect(entries.allSatisfy { $0.outcome.rawValue != "received" }, "\(entries)")
        }
    }

    @Test("two files with one name between them") func hardLinks() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            link(school.outbox("win11.qcow2").path, school.outbox("second.qcow2").path)
            let before = try await school.fingerprint()
            let result = try await Command.run(
                Programs.rsync,
                Flags.upload + [
                    "--address=127.0.0.2", school.outbox("win11.qcow2").path, school.outbox("second.qcow2").path,
                    "rsync://linbo@127.0.0.1:\(school.port)/linbo-upload/images/win11/win11.qcow2",
                ], environment: ["RSYNC_PASSWORD": School.secret])
            _ = result
            try await school.uploadsAreDone()
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("a record that somebody changed: what came is in quarantine, not gone") func touchedRecord() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("win11.qcow2", size: 1)
            try await school.pushSet("win11.qcow2", as: 1, suffixes: [""])
            let path = "srv/.linbo-hookd/uploads/sets/win11.qcow2.json"
            try await eventually("it has come") { try school.read(path).contains("\"arrived\":{\"\":") }
            for server in school.servers.all() { server.signal(SIGKILL) }
            // Due at once, as it waited for its .info long enough.
            var record = try school.read(path).replacing(/"at":[0-9]+/, with: "\"at\":1")
            record = record.replacing(/"address":"[^"]*"/, with: "\"address\":\"nobody\"")
            try school.write(record, to: path)
            try await school.startDaemon()
            try await eventually("it is in quarantine") { !school.internalNames(in: "uploads/quarantine").isEmpty }
            let listed = try await school.linboctl("images", "quarantine", "list")
            #expect(listed.output.contains("names no address"), "\(listed)")
        }
    }
}
