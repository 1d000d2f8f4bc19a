import Foundation
import LinboModel
import LinuxKit
import Testing

@testable import ImageStore

private let hasQEMU = access("/usr/bin/qemu-img", X_OK) == 0

/// Images that QEMU itself has made.
@Suite(.enabled(if: hasQEMU, "needs qemu-img, of Debian's qemu-utils")) struct ImageCheckTests {
    private let lab: Lab

    init() throws {
        lab = try Lab()
        mkdir(lab.path("cache"), 0o755)
    }

    /// In `cache`, as a LINBO client does.
    private func qemu(_ words: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/qemu-img")
        process.arguments = words
        process.currentDirectoryURL = URL(filePath: lab.path("cache"))
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(words)")
    }

    private func check(
        _ name: String, info: String? = nil, base: ImageInfo? = nil
    ) -> Result<ImageCheck.Findings, ImageRefusal> {
        Result { () throws(ImageRefusal) in
            try ImageCheck(Lab.name(name), baseInfo: base).check(
                image: lab.path("cache/\(name)"), info: info.map { lab.path("cache/\($0)") })
        }
    }

    private func refusal(_ name: String, info: String? = nil, base: ImageInfo? = nil) throws -> String {
        guard case .failure(let refusal) = check(name, info: info, base: base) else { return "nothing" }
        #expect(!refusal.fix.isEmpty && refusal.name.hasPrefix(name))
        return refusal.what
    }

    @Test(arguments: [
        ["-o", "compat=0.10"], ["-o", "compat=1.1"], ["-o", "cluster_size=512"], ["-o", "cluster_size=2M"],
        ["-o", "compression_type=zstd"], ["-o", "extended_l2=on"], ["-o", "lazy_refcounts=on"],
        ["-o", "preallocation=metadata"], ["-o", "refcount_bits=1"],
    ])
    func wholeImagesOfAllKindsAreTaken(_ options: [String]) throws {
        var words = ["create", "-f", "qcow2"] + options
        words += ["win11.qcow2", "64M"]
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/qemu-img")
        process.arguments = words
        process.currentDirectoryURL = URL(filePath: lab.path("cache"))
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let header = try #require(try check("win11.qcow2").get().header)
        #expect(header.virtualSize == 64 << 20 && header.backingFile == nil && header.dataFile == nil)
        #expect(header.version == (options.contains("compat=0.10") ? 2 : 3))
        #expect(header.encryption == .none)
    }

    @Test func convertedAndCompressed() throws {
        try Data(Array("noise".utf8) + [UInt8](repeating: 7, count: 3_000_000)).write(
            to: URL(filePath: lab.path("cache/raw")))
        try qemu("convert", "-c", "-f", "raw", "-O", "qcow2", "raw", "win11.qcow2")
        #expect(try check("win11.qcow2").get().header?.virtualSize == 3_000_320)
        // Cut off in the middle of its tables.
        #expect(truncate(lab.path("cache/win11.qcow2"), 150_000) == 0)
        #expect(try refusal("win11.qcow2").contains("cut off"))
        #expect(truncate(lab.path("cache/win11.qcow2"), 0) == 0)
        #expect(try refusal("win11.qcow2") == "it is empty")
        try qemu("create", "-f", "qcow2", "win11.qcow2", "0")
        #expect(try refusal("win11.qcow2") == "the disk in it has no bytes")
        #expect(truncate(lab.path("cache/win11.qcow2"), 1000) == 0)
    }

    @Test(
        "tables that lead behind the end of a file, or into the middle of a cluster",
        arguments: [
            "compat=0.10", "compat=1.1", "cluster_size=512", "extended_l2=on",
        ])
    func brokenTables(_ option: String) throws {
        var noise = SystemRandomNumberGenerator()
        try Data((0..<1 << 20).map { _ in UInt8.random(in: 0...255, using: &noise) }).write(
            to: URL(filePath: lab.path("cache/raw")))
        try qemu("convert", "-O", "qcow2", "-o", option, "raw", "good.qcow2")
        try qemu("snapshot", "-c", "first", "good.qcow2")
        let good = Array(try Data(contentsOf: URL(filePath: lab.path("cache/good.qcow2"))))
        #expect(try refusal("good.qcow2") == "nothing")
        let header = try Qcow2Header(parsing: good)
        func number(_ offset: Int) -> Int { good[offset..<offset + 8].reduce(0) { $0 << 8 | Int($1) } }
        let l1 = Int(header.l1Offset)
        let l2 = number(l1) & 0x00FF_FFFF_FFFF_FE00
        func told(_ changes: [(Int, Int)]) throws -> String {
            var bytes = good
            for (offset, value) in changes {
                for index in 0..<8 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (56 - 8 * index)) }
            }
            try Data(bytes).write(to: URL(filePath: lab.path("cache/bad.qcow2")))
            return try refusal("bad.qcow2")
        }
        let copied = Int(bitPattern: 1 << 63)
        #expect(try told([(l2, copied | 0x7000_0000)]).contains("an L2 table leads to"))
        #expect(try told([(l2, copied | (good.count + 512) & ~511)]).contains("an L2 table leads to"))
        #expect(try told([(l1, copied | 0x7000_0000)]).contains("an L2 table lies at"))
        #expect(try told([(Int(header.refcountOffset), 0x7000_0000)]).contains("a refcount block lies at"))
        #expect(try told([(Int(header.snapshotOffset), 0x7000_0000)]).contains("a snapshot lies at"))
        #expect(try told([(64, 0x7000_0000)]).contains("the table of snapshots lies at"))
        // A disk that its tables do not reach.
        #expect(try told([(24, 1 << 40)]).contains("its L1 table has"))
        // Cut off, with an .info that would fit.
        for size in [good.count / 2, good.count - 70_000, 300_000] where size > 0 {
            try Data(good.prefix(size)).write(to: URL(filePath: lab.path("cache/bad.qcow2")))
            #expect(try refusal("bad.qcow2").contains("cut off"), "\(size)")
        }
    }

    @Test("N1: hostile numbers in all tables end nothing") func hostileTables() throws {
        try qemu("create", "-f", "qcow2", "-o", "cluster_size=512", "good.qcow2", "1M")
        try qemu("snapshot", "-c", "first", "good.qcow2")
        let good = Array(try Data(contentsOf: URL(filePath: lab.path("cache/good.qcow2"))))
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4) {
                let offset = Int.random(in: 4..<bytes.count - 8) & (Bool.random() ? ~3 : ~0)
                let value =
                    [UInt64.max, 1 << 63, 1 << 62, 0x7FFF_FFFF_FFFF_FFFF, .random(in: 0...(.max))].randomElement() ?? 0
                for index in 0..<(Bool.random() ? 8 : 4) {
                    bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64(index)))
                }
            }
            try Data(bytes).write(to: URL(filePath: lab.path("cache/bad.qcow2")))
            _ = check("bad.qcow2")
        }
    }

    @Test func aDifferenceAsLinboMakesIt() throws {
        try qemu("create", "-f", "qcow2", "win11.qcow2", "64M")
        try qemu("create", "-f", "qcow2", "-b", "win11.qcow2", "-F", "qcow2", "win11.qdiff")
        let header = try #require(try check("win11.qdiff").get().header)
        #expect(header.backingFile == "win11.qcow2" && header.backingFormat == "qcow2")
        #expect(try refusal("win11.qcow2") == "nothing")
        #expect(rename(lab.path("cache/win11.qdiff"), lab.path("cache/win10.qdiff")) == 0)
        #expect(try refusal("win10.qdiff") == "it is a difference to 'win11.qcow2', not to win10.qcow2")
        #expect(rename(lab.path("cache/win10.qdiff"), lab.path("cache/win10.qcow2")) == 0)
        #expect(try refusal("win10.qcow2") == "it is a difference to 'win11.qcow2', no whole image")
        #expect(rename(lab.path("cache/win11.qcow2"), lab.path("cache/win11.qdiff")) == 0)
        #expect(try refusal("win11.qdiff") == "it is no difference to win11.qcow2")
    }

    @Test(arguments: ["/etc/shadow", "../win10/win11.qcow2", "./win11.qcow2", "json:{}", "nbd://10.0.0.9/x"])
    func aDifferenceToAnotherFile(backing: String) throws {
        try qemu("create", "-f", "qcow2", "-u", "-b", backing, "-F", "raw", "win11.qdiff", "64M")
        #expect(try refusal("win11.qdiff") == "it is a difference to '\(backing)', not to win11.qcow2")
    }

    @Test func aBackingFileTakenAsRaw() throws {
        try qemu("create", "-f", "qcow2", "-u", "-b", "win11.qcow2", "-F", "raw", "win11.qdiff", "64M")
        #expect(try refusal("win11.qdiff").contains("format 'raw'"))
    }

    @Test(arguments: ["win11.qcow2", "win11.qdiff"]) func anExternalDataFile(name: String) throws {
        try qemu("create", "-f", "qcow2", "-o", "data_file=disk.raw,data_file_raw=on", name, "64M")
        #expect(try refusal(name).hasPrefix("its data lie in another file, 'disk.raw'"))
    }

    @Test func infoMustFit() throws {
        try qemu("create", "-f", "qcow2", "win11.qcow2", "64M")
        let size = Int(try lab.status("cache/win11.qcow2").size)
        try lab.write(Lab.info("win11.qcow2", "202601010800", size: size), to: "cache/info")
        let findings = try check("win11.qcow2", info: "info").get()
        #expect(findings.info?.timestamp == "202601010800" && findings.remarks.isEmpty && Int(findings.size) == size)
        #expect(try check("win11.qcow2").get().remarks.count == 1)
        try lab.write(Lab.info("win11.qcow2", "202601010800", size: size - 1), to: "cache/info")
        #expect(try refusal("win11.qcow2", info: "info") == "it has \(size) bytes, and its .info says \(size - 1)")
        try lab.write(Lab.info("win10.qcow2", "202601010800", size: size), to: "cache/info")
        #expect(try refusal("win11.qcow2", info: "info") == "its .info is of win10.qcow2")
        // Defect 10 of docs/linbo.md#defects-of-the-old-hooks.
        try lab.write("[\"win11.qcow2\" Info File]\ntimestamp=\"$(id>/tmp/x)\"\n", to: "cache/info")
        #expect(try refusal("win11.qcow2", info: "info").hasPrefix("line 2: "))
        symlink("/etc/passwd", lab.path("cache/link"))
        #expect(try refusal("win11.qcow2", info: "link").contains("can't be read"))
    }

    @Test func aDifferenceToAnOlderImage() throws {
        try qemu("create", "-f", "qcow2", "win11.qcow2", "64M")
        try qemu("create", "-f", "qcow2", "-b", "win11.qcow2", "-F", "qcow2", "win11.qdiff")
        let size = Int(try lab.status("cache/win11.qdiff").size)
        let text = Lab.info("win11.qdiff", "202601020800", size: size) + "backingfile_timestamp=\"202601010800\"\n"
        try lab.write(text, to: "cache/info")
        func base(_ timestamp: String) throws -> ImageInfo {
            try ImageInfo(parsing: Array(Lab.info("win11.qcow2", timestamp, size: 1).utf8), file: "x")
        }
        #expect(try check("win11.qdiff", info: "info", base: base("202601010800")).get().remarks.isEmpty)
        #expect(
            try refusal("win11.qdiff", info: "info", base: base("202602010800"))
                == "it was made from the win11.qcow2 of 202601010800, and the one of 202602010800 is live")
        #expect(try check("win11.qdiff", info: "info").get().remarks.count == 1)
    }

    @Test func otherBytes() throws {
        for (name, text) in [("win11.qcow2", "#!/bin/sh"), ("win11.qcow2", "QFI"), ("win11.qdiff", "x")] {
            try lab.write(text, to: "cache/\(name)")
            #expect(try refusal(name) != "nothing")
        }
        mkfifo(lab.path("cache/pipe.qcow2"), 0o600)
        #expect(try refusal("pipe.qcow2") == "it is no regular file")
        try lab.write("x", to: "cache/cd.iso")
        #expect(try refusal("cd.iso").contains("ISO 9660"))
        try lab.write(String(repeating: "\0", count: 32_769) + "CD001\u{1}\0", to: "cache/cd.iso")
        #expect(try check("cd.iso").get().header == nil)
    }
}
