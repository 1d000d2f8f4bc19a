import API
import Foundation
import HookTesting
import LinboModel
import LinuxKit
import Testing

@testable import ClientLogs

/// What admins ask.
@Suite struct OperationsTests {
    private func put(_ text: String, _ lab: Lab, at path: String = "/tmp/linbo.log", as host: Int = 1) async throws {
        lab.pcs.put(text, at: path)
        let file = try #require(path.split(separator: "/").last)
        _ = try await lab.ask("tmp/\(file)", as: host)
    }

    @Test("the last lines of a log, and those that come after, over files that are put aside")
    func log() async throws {
        let lab = try Lab("rotate: 4K")
        let empty = try await lab.ask(GetClientLog(host: "pc01"))
        #expect(empty.lines.isEmpty && empty.next == nil && empty.fetched == nil)
        for number in 0..<4 { try await put("\(number)a\r\n\n\(number)b \u{1B}[2J\n", lab) }
        var page = try await lab.ask(GetClientLog(host: "PC01", lines: 4))
        #expect(page.lines == ["2b ?[2J", "3a", "", "3b ?[2J"] && page.host == "PC01" && page.fetched != nil)
        page = try await lab.ask(GetClientLog(host: "127.0.0.2", lines: 1))
        var seen: [String] = []
        for number in 4..<8 {
            try await put("\(number) \(String(repeating: "x", count: 3000))\n", lab)
            if number % 2 == 1 {
                while true {
                    page = try await lab.ask(GetClientLog(host: "pc01", after: page.next))
                    #expect(!page.hasGap)
                    if page.lines.isEmpty { break }
                    seen += page.lines.map { String($0.prefix(1)) }
                }
            }
        }
        #expect(seen == ["4", "5", "6", "7"])
        #expect(try await lab.ask(GetClientLog(host: "pc01", lines: 3)).lines.map { $0.prefix(1) } == ["5", "6", "7"])
        let old = page.next
        for number in 0..<9 { try await put("\(number) \(String(repeating: "y", count: 3000))\n", lab) }
        page = try await lab.ask(GetClientLog(host: "pc01", lines: 2, after: old))
        #expect(page.hasGap && page.lines.map { $0.prefix(1) } == ["7", "8"])
        for (lines, after) in [(0, nil), (1_000_000, nil), (1, "x"), (1, "1-"), (1, "-1-1")] as [(Int, String?)] {
            await #expect(throws: Fault.self) {
                _ = try await lab.ask(GetClientLog(host: "pc01", lines: lines, after: after))
            }
        }
        await #expect(throws: Fault.self) { _ = try await lab.ask(GetClientLog(host: "../pc01")) }
    }

    @Test("a long log comes in pages of whole lines, and none is missing")
    func pages() async throws {
        let lab = try Lab("largest: 8M")
        try await put("0\n", lab)
        var next = try #require(try await lab.ask(GetClientLog(host: "pc01")).next)
        let lines = (0..<60_000).map { "line \($0) of a long log with words" }
        try await put("0\n" + lines.joined(separator: "\n"), lab)
        var seen: [String] = []
        while true {
            let page = try await lab.ask(GetClientLog(host: "pc01", after: next))
            if page.lines.isEmpty { break }
            seen += page.lines
            next = try #require(page.next)
        }
        #expect(seen == lines)
        #expect(try await lab.ask(GetClientLog(host: "pc01", lines: 2)).lines == lines.suffix(2))
        #expect(try await lab.ask(GetClientLog(host: "pc01", lines: 100_000)).lines == ["0"] + lines)
    }

    @Test("hardware: what it is, what has changed, and firmware that LINBO lacks")
    func hardware() async throws {
        let lab = try Lab()
        let none = try await lab.ask(GetHardware(host: "pc01"))
        #expect(none.facts == nil && none.changes.isEmpty && none.missingFirmware.isEmpty)
        try await put(LogSample.text, lab)
        for memory in ["8 GB", "8 GB", "16 GB"] {
            lab.pcs.put(gzip(HwinfoSample.text(memory: memory)), at: "/tmp/hwinfo.gz")
            _ = try await lab.ask("tmp/hwinfo.gz")
        }
        let answer = try await lab.ask(GetHardware(host: "pc01"))
        #expect(answer.facts?.memory == 16 << 30)
        #expect(answer.changes.map(\.what) == [["memory: 8 GiB → 16 GiB"]])
        #expect(
            answer.missingFirmware.map(\.name) == [
                "iwlwifi-QuZ-a0-hr-b0-76.ucode", "iwlwifi-QuZ-a0-hr-b0-77.ucode", "rtl_nic/rtl8168h-2.fw",
            ])
    }

    private func info(_ image: String, _ timestamp: String, _ lab: Lab) throws {
        let base = image.prefix { $0 != "." }
        try lab.write(
            "[\"\(image)\" Info File]\ntimestamp=\"\(timestamp)\"\nimage=\"\(image)\"\nimagesize=\"5\"\n",
            to: "tree/images/\(base)/\(image).info")
    }

    @Test("which PC has which image, and whether the server has a newer one")
    func images() async throws {
        let lab = try Lab()
        try lab.write(
            "[LINBO]\nGroup = win11\n[OS]\nName = W\nBaseImage = win11.qcow2\n[OS]\nName = U\nBaseImage = ubuntu.qcow2\n",
            to: "tree/start.conf.win11")
        try info("win11.qcow2", "202611271200", lab)
        try info("xwin11.qcow2", "203001010000", lab)
        let status = "/tmp/image.status"
        try await put("202611281245 applied: win11.qcow2 \"202611271200\"\n", lab, at: status, as: 1)
        try await put("202611011245 applied: win11.qcow2 \"202610271200\"\n", lab, at: status, as: 2)
        try await put("202611291245 created: win11.qcow2 202611291200\n", lab, at: status, as: 3)
        var rows = try await lab.ask(GetClientImages(image: "win11"))
        #expect(rows.map(\.state) == [.current, .outdated, .newer, .unknown])
        #expect(rows.map(\.timestamp) == ["202611271200", "202610271200", "202611291200", nil])
        #expect(rows.allSatisfy { $0.current == "202611271200" && $0.image == "win11.qcow2" })
        #expect(rows.map(\.act) == ["applied", "applied", "created", nil])
        rows = try await lab.ask(GetClientImages(image: "win11.qcow2", outdated: true))
        #expect(rows.map(\.host) == ["pc02"])
        // A qdiff on the server is newer than what it lies above.
        try info("win11.qdiff", "202611281200", lab)
        rows = try await lab.ask(GetClientImages(targets: ["pc01", "pc03"], image: "win11"))
        #expect(rows.map(\.state) == [.outdated, .newer])
        let since = try #require(rows.first?.since)
        try await put("202611301245 applied: win11.qdiff \"202611281200\"\n", lab, at: status, as: 1)
        rows = try await lab.ask(GetClientImages(targets: ["pc01"]))
        #expect(rows.map(\.image) == ["win11.qdiff", "ubuntu.qcow2"] && rows.map(\.state) == [.current, .unknown])
        let changed = try #require(rows.first?.since)
        #expect(changed >= since)
        // The same again is no change.
        try await put("202612301245 applied: win11.qdiff \"202611281200\"\n", lab, at: status, as: 1)
        rows = try await lab.ask(GetClientImages(targets: ["pc01"], image: "win11"))
        #expect(rows.map(\.since) == [changed] && rows.map(\.at) == ["202612301245"])
        let fault = await #expect(throws: Fault.self) { _ = try await lab.ask(GetClientImages(image: "win12")) }
        #expect(fault?.what.contains("did you mean 'win11'?") == true)
    }
}
