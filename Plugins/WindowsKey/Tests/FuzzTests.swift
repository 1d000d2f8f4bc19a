import FuzzKit
import HookStore
import LinboModel
import Testing

@testable import WindowsKey

@Suite struct FuzzTests {
    fileprivate static let transform = RegistryTransform(
        room: "r\\1\"", group: "win", sambaDomain: "D", injectsRunOnce: true)

    /// Pieces of files with what must become of them. Each is a line of its own, so that no two make a third.
    private static let pieces: [(before: String, after: String)] = [
        ("x@@room@@y", #"xr\\1\"y"#), ("@@windows_key@@", Sample.windows), ("@@group@@@", "@@group@@@"),
        (#""A"="@@group@@""#, #""A"="win""#), ("@@word@@", "@@word@@"),
        ("@@hostname@@{$HostName$}", "@@hostname@@{$HostName$}"),
        (#""Domain"="a""#, #""Domain"="D""#), (#" "doMain" = "@@room@@" "#, #" "doMain" = "D" "#),
        (#""AltDomain"="a""#, #""AltDomain"="a""#), (#""Domain"=-"#, #""Domain"=-"#),
        (#""Domain"="a"#, #""Domain"="a"#),
        (#""Domain"=dword:1"#, #""Domain"="D""#), ("[HKEY]", "[HKEY]"), (#"\"Domain"="#, #"\"Domain"="#),
        ("\"Domain\"=hex:1,\\\r\n 2,\\\n 3", #""Domain"="D""#), ("; comment", "; comment"), ("@@", "@@"), ("@", "@"),
    ]

    /// What is generated is known piece by piece, so every byte of the result is checked.
    @Test func registryPieces() throws {
        var random = SplitMix64.seeded("registryPieces")
        let ring = try KeyRing.sample()
        for _ in 0..<9_000 {
            let encoding = random.pick(FileEncoding.allCases)
            let separator = random.pick(["\n", "\r\n"])
            var (before, after): ([UInt8], [UInt8]) = ([], [])
            func add(_ old: String, _ new: String) {
                before += encoding(old).dropFirst(encoding == .utf16 ? 2 : 0)
                after += encoding(new).dropFirst(encoding == .utf16 ? 2 : 0)
            }
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                if Int.random(in: 0...3, using: &random) == 0 {
                    var noise = random.bytes(upTo: 6).filter { !Array("@\n\r;\"".utf8).contains($0) }
                    if encoding == .utf16 {
                        noise = noise.flatMap { [$0, UInt8.random(in: 0xD8...0xDF, using: &random)] }
                    }
                    before += noise
                    after += noise
                    add(";" + separator, ";" + separator)
                }
                let piece = random.pick(Self.pieces)
                add(piece.before + separator, piece.after + separator)
            }
            // Noise that begins as UTF-16's mark makes it a file of that encoding.
            if encoding != .utf16, before.starts(with: [0xFF, 0xFE]) { continue }
            let mark: [UInt8] = encoding == .utf16 ? [0xFF, 0xFE] : []
            let odd: [UInt8] = encoding == .utf16 ? random.pick([[], [0x40]]) : []
            let rewrite = Self.plain.apply(to: mark + before + odd, ring)
            try #require((rewrite.bytes ?? mark + before + odd) == mark + after + odd)
            try #require(rewrite.bytes != mark + before + odd, "unchanged content must be nil")
        }
    }

    private static let plain = RegistryTransform(
        room: transform.room, group: transform.group, sambaDomain: transform.sambaDomain, injectsRunOnce: false)

    /// Any bytes, and pieces cut anywhere: no crash, and a second pass finds nothing left to do.
    @Test func registryTwiceIsOnce() throws {
        var random = SplitMix64.seeded("registryTwiceIsOnce")
        let ring = try KeyRing.sample()
        let scraps = [
            "@@", "room", "@@office_key@@", "\"Domain\"=", "\"", "hex:41,\\", "\r\n", "\n", "REGEDIT4\n", ";", "-", " ",
        ]
        let words = scraps + Self.pieces.map(\.before) + ["[\(RegistryTransform.runOnceKey)]", "\"LinboProductKey\"="]
        for _ in 0..<9_000 {
            var file = random.pick([[], [], [0xFF, 0xFE], [0xEF, 0xBB, 0xBF], bytes("REGEDIT4\r\n")] as [[UInt8]])
            let isWide = file == [0xFF, 0xFE]
            for _ in 0..<Int.random(in: 0...10, using: &random) {
                let word = random.pick(words)
                let piece = isWide ? Array(utf16(word).dropFirst(2)) : bytes(word)
                file += piece.prefix(Int.random(in: 1...piece.count * 4, using: &random))
                if Int.random(in: 0...4, using: &random) == 0 { file += random.bytes(upTo: 4) }
            }
            let once = Self.transform.apply(to: file, ring)
            let twice = Self.transform.apply(to: once.bytes ?? file, ring)
            try #require(twice.bytes == nil, "\(file)")
            try #require(!(once.remarks + twice.remarks).contains(where: holdsKey))
        }
    }

    @Test func poolFiles() throws {
        var random = SplitMix64.seeded("poolFiles")
        let columns =
            ["windows", "office", " Windows ", "linux", "", "#", "50", "0", "-1", "x", "\t", "ä"] + Sample.all
        for _ in 0..<9_000 {
            var file: [UInt8] = []
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                for _ in 0..<Int.random(in: 0...5, using: &random) { file += bytes(random.pick(columns)) + [0x3B] }
                if Int.random(in: 0...3, using: &random) == 0 { file += random.bytes(upTo: 8) }
                file += bytes(random.pick(["\n", "\r\n", ";", ""]))
            }
            let pool = KeyPoolFile(parsing: file, file: "pool")
            let lines = file.count { $0 == 0x0A } + 1
            try #require(pool.entries.count + pool.problems.count <= lines)
            try #require(Set(pool.entries.map(\.key)).count == pool.entries.count)
            try #require(pool.entries.allSatisfy { $0.activations >= 1 && (1...lines).contains($0.line) })
            try #require(pool.problems.allSatisfy { (1...lines).contains($0.location.line) && !holdsKey("\($0)") })
            let again = pool.entries.map { "\($0.product);\($0.key.text);\($0.activations)" }.joined(separator: "\n")
            let same = KeyPoolFile(parsing: bytes(again), file: "pool")
            try #require(same.problems.isEmpty && same.entries.map(\.poolKey) == pool.entries.map(\.poolKey))
        }
    }

    @Test func answerFiles() throws {
        var random = SplitMix64.seeded("answerFiles")
        let ring = try KeyRing.sample()
        let file = AnswerFile(computerName: try #require(HostName("pc01")), joinDomain: "lm.lan")
        let whole = [
            "<ComputerName/>", "<ComputerName> <!-- a --> </ComputerName>", "<JoinDomain>x</JoinDomain>", "&amp;",
            "<ProductKey><Key>a</Key></ProductKey>", "<UserData><ProductKey/></UserData>",
            "<ProductKey>a&#13;</ProductKey>",
            "ä", "<![CDATA[<]]>", "<?a b?>", "\r\n", " ", "x", "<a b='c'/>",
            "<n:ProductKey xmlns:n='urn:n'>a</n:ProductKey>",
        ]
        let cut = [
            "<ComputerName>", "</u>", "<![CDATA[", "]]>", "<!--", "<!DOCTYPE u [<!ENTITY a 'b'>]>", "&a;", "\u{0}",
        ]
        var changes = 0
        for _ in 0..<9_000 {
            var text = "<u xmlns='urn:schemas-microsoft-com:unattend'>"
            for _ in 0..<Int.random(in: 0...6, using: &random) { text += random.pick(whole) }
            if Int.random(in: 0...3, using: &random) == 0 { text += random.pick(cut) }
            text += "</u>"
            var template = random.pick([bytes(text), utf16(text), [0xEF, 0xBB, 0xBF] + bytes(text)])
            if Int.random(in: 0...3, using: &random) == 0 {
                let place = Int.random(in: 0..<template.count, using: &random)
                template.replaceSubrange(place...place, with: random.bytes(upTo: 3))
            }
            let once = file.apply(to: template, ring)
            try #require(once.bytes == nil || once.remarks.isEmpty)
            try #require(!once.remarks.contains(where: holdsKey))
            guard let changed = once.bytes else { continue }
            changes += 1
            try #require(file.apply(to: changed, ring) == Rewrite(bytes: nil), "\(template)")
        }
        #expect(changes > 2_000, "only \(changes) files were changed")
    }
}

extension FuzzTests {
    @Test("N1: numbers in patches and answer files") func hostileNumbers() throws {
        let ring = try KeyRing.sample()
        let patch = "REGEDIT4\r\n[HKEY_X]\r\n\"A\"=dword:00000010\r\n\"B\"=hex(7):41,00,\\\r\n  42\r\n@@room1@@\r\n"
        Hostile().text(patch) { _ = Self.transform.apply(to: Array($0.utf8), ring) }
        Hostile().bytes(utf16(patch)) { _ = Self.transform.apply(to: $0, ring) }
        let file = AnswerFile(computerName: try #require(HostName("pc01")), joinDomain: "lm.lan")
        Hostile().text("<?xml version='1.0'?><u xmlns='urn:schemas-microsoft-com:unattend'><a b='1'>&#65;</a></u>") {
            _ = file.apply(to: Array($0.utf8), ring)
        }
    }
}
