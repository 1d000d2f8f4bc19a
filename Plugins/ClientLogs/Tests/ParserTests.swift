import FuzzKit
import HookTesting
import LinboModel
import Testing

@testable import ClientLogs

@Suite struct ParserTests {
    // MARK: image.status

    @Test("both forms of a line are read, and written as PCs write them")
    func status() throws {
        let lines = [
            #"202611281245 applied: win11.qcow2 "202611271200""#, "202611281246 created: ubuntu.qcow2 202611281240",
            #"202611281247 applied: xwin11.qdiff """#,
        ]
        let status = ImageStatus(parsing: Array((lines.joined(separator: "\r\n")).utf8))
        #expect(status.odd == 0)
        #expect(status.lines.map(\.image.base) == ["win11", "ubuntu", "xwin11"])
        #expect(status.lines.map(\.timestamp) == ["202611271200", "202611281240", nil])
        #expect(String(decoding: status.bytes, as: UTF8.self) == lines.map { $0 + "\n" }.joined())
    }

    @Test(
        "what is no such line is none",
        arguments: [
            "", "202611281245", "202611281245 applied: win11.qcow2", "202613281245 applied: w.qcow2 \"202611271200\"",
            "202611281245 removed: w.qcow2 \"202611271200\"", "202611281245 applied w.qcow2 \"202611271200\"",
            "202611281245 applied: w.iso \"202611271200\"", "202611281245 applied: ../w.qcow2 \"202611271200\"",
            "202611281245 applied: w.qcow2 \"2026\"", "202611281245 applied: w.qcow2 202611271200 x",
            "2026112812450 applied: w.qcow2 \"202611271200\"", "202611281245 applied: w.qcow2 \"\u{1B}[2J\"",
            "٢٠٢٦11281245 applied: w.qcow2 \"202611271200\"",
        ])
    func noStatus(_ text: String) {
        #expect(ImageStatusLine(text[...]) == nil)
    }

    @Test("each image has one line, the one that came last; a qdiff is the image below it (linbo7 issue 171)")
    func merging() throws {
        let old = ImageStatus(
            parsing: Array(
                """
                202611010000 applied: win11.qcow2 "202610010000"
                202611010001 applied: ubuntu.qcow2 "202610010000"

                """.utf8))
        let new = ImageStatus(parsing: Array("202501010000 applied: win11.qdiff \"202611050000\"\n".utf8))
        #expect(
            String(decoding: old.merged(with: new).bytes, as: UTF8.self) == """
                202611010001 applied: ubuntu.qcow2 "202610010000"
                202501010000 applied: win11.qdiff "202611050000"

                """)
        let many = (0..<300).map { "202611010000 applied: i\($0).qcow2 \"202610010000\"\n" }.joined()
        let bounded = ImageStatus(parsing: Array(many.utf8))
        #expect(bounded.lines.count == ImageStatus.most && bounded.lines.last?.image.text == "i299.qcow2")
        #expect(ImageStatus(parsing: Array(String(repeating: many, count: 10).utf8)).lines.isEmpty)
    }

    @Test("whatever a PC sends: what is kept of its image.status reads the same again")
    func fuzzedStatus() {
        var fuzz = Fuzz(
            "image.status",
            texts: [
                "202611281245 applied: win11.qcow2 \"202611271200\"\n202611281246 created: ubuntu.qcow2 202611281240\n"
            ], spice: "0123456789 :\"\nappliedcreated.qcow2qdiff")
        for _ in 0..<20_000 {
            let status = ImageStatus(parsing: fuzz.next())
            let again = ImageStatus(parsing: status.bytes)
            #expect(again.lines == status.lines && again.odd == 0)
            #expect(Set(status.lines.map(\.image.base)).count == status.lines.count)
            #expect(status.bytes.allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) })
        }
    }

    // MARK: hwinfo

    @Test("what a PC is made of is found among what hwinfo prints")
    func hardware() {
        let facts = HwinfoReader.facts(in: Array(HwinfoSample.text().utf8))
        #expect(facts.vendor == "LENOVO" && facts.product == "10T7004LGE" && facts.serial == "PC0000AB")
        #expect(facts.firmware == "LENOVO M1AKT59A (07/30/2024)")
        #expect(facts.processorText == "Intel(R) Core(TM) i5-8400 CPU @ 2.80GHz, 2 threads")
        #expect(facts.memory == 16 << 30)
        #expect(
            facts.disks == [
                .init(device: "/dev/nvme0n1", model: "Disk", serial: nil, bytes: 512_000),
                .init(device: "/dev/sda", model: "Samsung SSD 860", serial: "S0000DISK1", bytes: 250_059_350_016),
            ])
        #expect(
            facts.cards == [
                .init(device: "eth0", model: "Intel Ethernet Connection (7) I219-V", mac: "52:54:00:00:00:01")
            ])
    }

    @Test(
        "memory is the sum of its parts",
        arguments: [
            ("7 GB + 896 MB", 8_455_716_864), ("512 MB", 536_870_912), ("16 GiB", nil), ("", nil), ("GB", nil),
            ("9223372036854775807 GB", nil), ("1000000000 TB", nil),
        ] as [(String, Int64?)])
    func memory(text: String, bytes: Int64?) {
        #expect(HwinfoReader.facts(in: Array(HwinfoSample.text(memory: text).utf8)).memory == bytes)
    }

    @Test("what makers write where they have nothing to say is nothing, and so is a text that is no report")
    func nothing() {
        let text = HwinfoSample.text().replacing("PC0000AB", with: "To Be Filled By O.E.M.")
        #expect(HwinfoReader.facts(in: Array(text.utf8)).serial == nil)
        #expect(HwinfoReader.facts(in: Array("no report\n  Hardware Class: cpu\n".utf8)).isEmpty)
        #expect(HwinfoReader.facts(in: []).isEmpty)
    }

    @Test("changes are told one by one, and the same PC has none")
    func changes() {
        func facts(_ text: String) -> HardwareFacts { HwinfoReader.facts(in: Array(text.utf8)) }
        let old = facts(HwinfoSample.text())
        #expect(facts(HwinfoSample.text()).changes(since: old).isEmpty)
        #expect(
            facts(HwinfoSample.text(memory: "8 GB", disk: "OTHER", firmware: "M1AKT60A")).changes(since: old) == [
                "firmware: LENOVO M1AKT59A (07/30/2024) → LENOVO M1AKT60A (07/30/2024)", "memory: 16 GiB → 8 GiB",
                "disk gone: /dev/sda, Samsung SSD 860, 250.1 GB, serial number S0000DISK1",
                "disk new: /dev/sda, Samsung SSD 860, 250.1 GB, serial number OTHER",
            ])
    }

    @Test("whatever a report says, its facts are few, short and printable")
    func fuzzedHardware() {
        var fuzz = Fuzz("hwinfo", texts: [HwinfoSample.text()], spice: ":\"()\n 0123456789")
        for _ in 0..<2000 {
            let facts = HwinfoReader.facts(in: fuzz.next())
            #expect(facts.disks.count <= 32 && facts.cards.count <= 32)
            let texts =
                [facts.vendor, facts.product, facts.serial, facts.firmware, facts.processor].compactMap(\.self)
                + facts.disks.map(\.text) + facts.cards.map(\.text)
            #expect(texts.allSatisfy { printable($0) == $0 && $0.count < 1000 })
            #expect(facts.changes(since: facts).isEmpty)
        }
        Hostile().text("  Hardware Class: disk\n  Size: 12 sectors a 512 bytes\n  Capacity: 1 GB (12 bytes)") { text in
            _ = HwinfoReader.facts(in: Array("1: x\n  Device File: /dev/sda\n\(text)\n".utf8))
        }
        Hostile().text("7 GB + 896 MB") { _ = HwinfoReader.facts(in: Array(HwinfoSample.text(memory: $0).utf8)) }
    }

    // MARK: Firmware

    @Test("firmware that a kernel asked for in vain is named once")
    func firmware() {
        #expect(
            MissingFirmware.names(in: Array(LogSample.text.utf8)) == [
                "iwlwifi-QuZ-a0-hr-b0-77.ucode", "iwlwifi-QuZ-a0-hr-b0-76.ucode", "rtl_nic/rtl8168h-2.fw",
            ])
        let odd = [
            "Direct firmware load for  failed", "Direct firmware load for ../../etc/shadow failed",
            "Direct firmware load for a\u{1B}b failed",
            "Direct firmware load for \(String(repeating: "a", count: 300)) failed",
            "Direct firmware load for a", "Direct firmware load for",
        ]
        for text in odd { #expect(MissingFirmware.names(in: Array(text.utf8)).isEmpty, "\(text)") }
    }

    @Test("whatever stands in a log, names of firmware are names")
    func fuzzedFirmware() {
        var fuzz = Fuzz("linbo.log", texts: [LogSample.text], spice: "Direct firmware load for failed/.")
        for _ in 0..<5000 {
            let names = MissingFirmware.names(in: fuzz.next())
            #expect(names.allSatisfy { (1...255).contains($0.utf8.count) && printable($0) == $0 && !$0.contains(" ") })
            #expect(Set(names).count == names.count)
        }
    }

    // MARK: gzip

    @Test("wherever a password stands in a log, and wherever the log is cut, nothing of it is kept, and all else is")
    func fuzzedPasswords() {
        var fuzz = Fuzz(
            "passwords in logs",
            texts: ["### 20261128-074501 linbo_wrapper linbo:x,upload_image:1 ###\n", "RSYNC_PASSWORD=x linbo: y\n"],
            spice: "linbo:, \n=R")
        let (sign, marks) = (UInt8(ascii: "Q"), ["linbo:", "RSYNC_PASSWORD="])
        for number in 0..<4000 {
            let (before, after) = (fuzz.next().filter { $0 != sign }, fuzz.next().filter { $0 != sign })
            let item = Array("\(marks[number % 2])QQQQ\([" ", ",", "\n"][number % 3])".utf8)
            let bytes = before + item + after
            let cut = number % (bytes.count + 1)
            let kept = LogSecrets.removed(from: Array(bytes[..<cut])) + LogSecrets.removed(from: bytes, since: cut)
            #expect(!kept.contains(sign))
            let whole = LogSecrets.removed(from: bytes)
            #expect(LogSecrets.removed(from: whole) == whole)
            let text = String(decoding: after, as: UTF8.self)
            if !marks.contains(where: { text.contains($0) }) { #expect(LogSecrets.removed(from: after) == after) }
        }
    }

    @Test("a gzip file is opened up to a limit; what is none, or broken, is not")
    func gunzip() throws {
        let text = Array(String(repeating: HwinfoSample.text(), count: 40).utf8)
        let file = gzip(text)
        #expect(try Gunzip.bytes(of: file, most: text.count) == text)
        #expect(try Gunzip.bytes(of: file + [1, 2, 3], most: text.count) == text)
        #expect(throws: Gunzip.Failure.tooLarge(1000)) { try Gunzip.bytes(of: file, most: 1000) }
        #expect(throws: Gunzip.Failure.noGzip) { try Gunzip.bytes(of: text, most: 1000) }
        #expect(throws: Gunzip.Failure.broken) { try Gunzip.bytes(of: file.dropLast(9), most: text.count) }
        var wrong = file
        wrong[file.count - 20] ^= 1
        #expect(throws: Gunzip.Failure.broken) { try Gunzip.bytes(of: wrong, most: text.count) }
        #expect(throws: Gunzip.Failure.broken) { try Gunzip.bytes(of: [0x1F, 0x8B, 8], most: 1000) }
        var fuzz = Fuzz("gunzip", samples: [gzip("hello")], spice: "\u{1F}")
        for _ in 0..<5000 {
            let opened = try? Gunzip.bytes(of: fuzz.next(), most: 100)
            #expect(opened.map { $0.count <= 100 } ?? true)
        }
    }
}

extension Gunzip {
    fileprivate static func bytes(of file: ArraySlice<UInt8>, most: Int) throws(Failure) -> [UInt8] {
        try bytes(of: Array(file), most: most)
    }
}
