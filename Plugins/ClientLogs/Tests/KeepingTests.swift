import Foundation
import Glibc
import HookTesting
import LinboModel
import LinuxKit
import Testing

@testable import ClientLogs

/// How files are kept, whatever lies in upstream's directory.
@Suite struct KeepingTests {
    private let pc01: HostName

    init() throws {
        pc01 = try #require(HostName("PC01"))
    }

    private func keep(_ text: String, _ file: SentFile, _ lab: Lab) throws {
        _ = try lab.keeper.keep(Array(text.utf8), file, of: pc01)
    }

    @Test("our own log is put aside by its size, four times; upstream's grows, as its logrotate looks after it")
    func rotation() throws {
        let lab = try Lab("rotate: 4K")
        for number in 0..<20 { try keep("\(number) \(String(repeating: "x", count: 1500))\n", .log, lab) }
        let names = FileTree.names(in: "\(lab.directory)/state/client-logs/pc01")
        #expect(names == ["linbo.log", "linbo.log.1", "linbo.log.2", "linbo.log.3", "linbo.log.4", "put-aside"])
        let kept =
            (["linbo.log.4", "linbo.log.3", "linbo.log.2", "linbo.log.1", "linbo.log"].map { lab.own($0) ?? "" })
            .joined().split(separator: "\n").map { $0.prefix { $0 != " " } }
        #expect(kept == (10..<20).map { "\($0)" })
        #expect(lab.read("tree/log/pc01_linbo.log")?.split(separator: "\n").count == 20)
    }

    @Test(
        "defect R4: the password for uploads, which LINBO writes into its log with the command, is in no file of the server's"
    )
    func password() throws {
        let lab = try Lab()
        try keep("## linbo_wrapper linbo:Muster!2026 upload_image:1\nlinbo:Mus", .log, lab)
        // The rest of a line that was not whole yet.
        try keep(
            "## linbo_wrapper linbo:Muster!2026 upload_image:1\nlinbo:Muster!2026,upload_image:1\n"
                + "RSYNC_PASSWORD=Muster!2026 rsync x linbo@10.0.0.1::linbo-upload/x\nlinbo: ready\n", .log, lab)
        let expected = """
            ## linbo_wrapper linbo:***** upload_image:1
            linbo:*****
            *****,upload_image:1
            RSYNC_PASSWORD=***** rsync x linbo@10.0.0.1::linbo-upload/x
            linbo: ready

            """
        #expect(lab.own("linbo.log") == expected)
        #expect(lab.read("tree/log/pc01_linbo.log") == expected)
        #expect(lab.log.all.allSatisfy { !$0.contains("Muster") })
    }

    @Test("a PC with two systems keeps a line of each (linbo7 issue 171); what upstream's hook has left counts, too")
    func status() throws {
        let lab = try Lab()
        try lab.write(
            "202610010000 applied: debian.qcow2 \"202609010000\"\nrm -rf /\n", to: "tree/log/pc01_image.status")
        try keep("202611281245 applied: win11.qcow2 \"202611271200\"\n", .status, lab)
        try keep("202611281250 applied: ubuntu.qcow2 \"202611271201\"\n", .status, lab)
        try keep("202611281255 applied: win11.qdiff \"202611281200\"\n", .status, lab)
        let expected = """
            202610010000 applied: debian.qcow2 "202609010000"
            202611281250 applied: ubuntu.qcow2 "202611271201"
            202611281255 applied: win11.qdiff "202611281200"

            """
        #expect(lab.read("tree/log/pc01_image.status") == expected)
        #expect(lab.own("image.status") == expected)
        #expect(
            lab.mode("tree/log/pc01_image.status") == 0o640 && lab.mode("state/client-logs/pc01/image.status") == 0o600)
        #expect(throws: (any Error).self) { try keep("no status\n", .status, lab) }
        #expect(lab.read("tree/log/pc01_image.status") == expected)
        #expect(try lab.keeper.ledger?.images().map(\.image) == ["debian.qcow2", "ubuntu.qcow2", "win11.qdiff"])
    }

    @Test("hardware reports are replaced, and older ones kept if the PC was another then; what is none changes nothing")
    func hardware() throws {
        let lab = try Lab()
        func keep(_ text: String) throws -> [UInt8] {
            let file = gzip(text)
            _ = try lab.keeper.keep(file, .hardware, of: pc01)
            return file
        }
        func bytes(_ path: String) -> [UInt8]? { try? FileBytes.read("\(lab.directory)/\(path)", limit: 1 << 20).bytes }
        var files: [[UInt8]] = []
        for memory in 1...8 {
            files.append(try keep(HwinfoSample.text(memory: "\(memory) GB")))
            // The same PC again: only its clock runs otherwise.
            files[memory - 1] = try keep(HwinfoSample.text(memory: "\(memory) GB").replacing("1337", with: "2000"))
        }
        #expect(bytes("tree/log/pc01_hwinfo.gz") == files[7] && bytes("state/client-logs/pc01/hwinfo.gz") == files[7])
        for number in 1...4 { #expect(bytes("state/client-logs/pc01/hwinfo.gz.\(number)") == files[7 - number]) }
        #expect(lab.own("hwinfo.gz.5") == nil)
        #expect(try lab.keeper.ledger?.hardware(of: pc01).map(\.facts.memory) == [8, 7, 6, 5, 4].map { $0 << 30 })
        for wrong in [Array("no gzip".utf8), Array(files[0].dropLast(3)), [0x1F, 0x8B, 8, 0]] {
            #expect(throws: Gunzip.Failure.self) { try lab.keeper.keep(wrong, .hardware, of: pc01) }
        }
        #expect(bytes("tree/log/pc01_hwinfo.gz") == files[7] && bytes("state/client-logs/pc01/hwinfo.gz") == files[7])
    }

    @Test("what nobody has planted in upstream's directory leads nowhere, and loses nothing")
    func planted() throws {
        let lab = try Lab()
        try lab.write("root's own", to: "secret")
        let secret = "\(lab.directory)/secret"
        for file in ["linbo.log", "image.status", "hwinfo.gz"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(lab.directory)/tree/log/pc01_\(file)", withDestinationPath: secret)
        }
        try keep("one\n", .log, lab)
        try keep("202611281245 applied: win11.qcow2 \"202611271200\"\n", .status, lab)
        _ = try lab.keeper.keep(gzip(HwinfoSample.text()), .hardware, of: pc01)
        #expect(lab.read("secret") == "root's own")
        #expect(lab.own("linbo.log") == "one\n")
        #expect(lab.plugin.problems().count == 1)
        #expect(lab.plugin.problems().first?.what.contains("pc01_linbo.log") == true)
        #expect(FileStatus(at: "\(lab.directory)/tree/log/pc01_image.status")?.kind == .regular)
        // A second name of a file, and a pipe that nobody reads.
        let place = "\(lab.directory)/tree/log/pc01_linbo.log"
        unlink(place)
        #expect(link(secret, place) == 0)
        try keep("two\n", .log, lab)
        unlink(place)
        #expect(mkfifo(place, 0o600) == 0)
        try keep("three\n", .log, lab)
        // One that somebody reads would take what is written.
        let reader = open(place, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        try keep("four\n", .log, lab)
        var byte: UInt8 = 0
        #expect(reader >= 0 && Glibc.read(reader, &byte, 1) <= 0)
        #expect(lab.read("secret") == "root's own")
        #expect(lab.own("linbo.log") == "one\ntwo\nthree\nfour\n")
        unlink(place)
        try keep("five\n", .log, lab)
        #expect(lab.read("tree/log/pc01_linbo.log") == "five\n" && lab.plugin.problems().isEmpty)
    }

    @Test("without upstream's directory nothing is lost, and how it is made is told")
    func noDirectory() throws {
        let lab = try Lab("log-directory: /no/such/directory")
        try keep("one\n", .log, lab)
        #expect(lab.own("linbo.log") == "one\n")
        let problem = try #require(lab.plugin.problems().first)
        #expect(problem.severity == .warning && problem.location.description == "config.yaml:1:16")
        #expect(problem.fix.contains("install -d -o nobody -g nogroup /no/such/directory"))
    }

    @Test("if our own copy can't be written, upstream's is, and the other way round; if both can't, it is an error")
    func fullDisk() throws {
        let lab = try Lab()
        try keep("one\n", .log, lab)
        // A directory is what no file can be appended to.
        let own = "\(lab.directory)/state/client-logs/pc01/linbo.log"
        try FileManager.default.removeItem(atPath: own)
        try FileManager.default.createDirectory(atPath: "\(own)/x", withIntermediateDirectories: true)
        try keep("two\n", .log, lab)
        #expect(lab.read("tree/log/pc01_linbo.log") == "one\ntwo\n")
        try FileManager.default.removeItem(atPath: "\(lab.directory)/tree/log")
        #expect(throws: SystemError.self) { try keep("three\n", .log, lab) }
    }

    @Test("a PC that is in no devices.csv any more is forgotten after a while, and no other")
    func retention() throws {
        let lab = try Lab()
        let (pc02, pc99) = (try #require(HostName("pc02")), try #require(HostName("pc99")))
        for host in [pc02, pc99] {
            _ = try lab.keeper.keep(Array(LogSample.text.utf8), .log, of: host)
            _ = try lab.keeper.keep(
                Array("202611281245 applied: win11.qcow2 \"202611271200\"\n".utf8), .status, of: host)
            _ = try lab.keeper.keep(gzip(HwinfoSample.text()), .hardware, of: host)
        }
        let now = UnixTime.nowMilliseconds()
        func names() -> [String] {
            FileTree.names(in: "\(lab.directory)/state/client-logs")
                + FileTree.names(in: "\(lab.directory)/tree/log").filter { $0.hasPrefix("pc99") }
        }
        try lab.plugin.forget(before: now - 60_000)
        #expect(names() == ["pc02", "pc99", "pc99_hwinfo.gz", "pc99_image.status", "pc99_linbo.log"])
        // devices.csv is gone for a moment.
        let devices = "schools/default-school/devices.csv"
        let rows = try #require(lab.read(devices))
        try FileManager.default.removeItem(atPath: "\(lab.directory)/\(devices)")
        try lab.plugin.forget(before: now + 60_000)
        #expect(names().count == 5)
        try lab.write(rows, to: devices)
        try lab.plugin.forget(before: now + 60_000)
        #expect(names() == ["pc02"])
        #expect(try lab.keeper.ledger?.hosts().keys.sorted() == ["pc02"])
        #expect(try lab.keeper.ledger?.images().map(\.host) == ["pc02"])
        #expect(try lab.keeper.ledger?.hardware(of: pc99).isEmpty == true)
    }
}
