import API
import Foundation
import FuzzKit
import LinboModel
import Logging
import Testing

@testable import HookHost

/// For whom something is done.
@Suite final class TargetsTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/targets-\(UUID().uuidString)"
    private let hosts: HostDirectory

    init() throws {
        let schools = "\(directory)/default-school"
        try FileManager.default.createDirectory(atPath: schools, withIntermediateDirectories: true)
        let rows = [
            ("r101", "pc01", 1), ("Raum 1", "pc02", 1), ("Raum 1", "pc03", 0), ("Raum", "pc04", 2), ("a,b", "1", 1),
        ]
        let text = rows.enumerated().map { index, row in
            "\(row.0);\(row.1);win11;52:54:00:00:00:0\(index);10.0.0.1\(index);;;;classroom-studentcomputer;;\(row.2)\n"
        }
        try text.joined().write(toFile: "\(schools)/devices.csv", atomically: true, encoding: .utf8)
        hosts = HostDirectory(
            schools: directory, addresses: AddressTable(leaseFiles: []),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        hosts.refresh()
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    @Test(
        "a room with a blank can be named, in quotes or by itself; else blanks and commas part",
        arguments: [
            (["room:Raum 1"], ["pc02", "pc03"]), (["room:\"Raum 1\""], ["pc02", "pc03"]),
            (["\"room:Raum 1\""], ["pc02", "pc03"]), (["pc01,room:Raum 1,pc04"], ["pc01", "pc02", "pc03", "pc04"]),
            (["pc01 room:\"Raum 1\" pc04"], ["pc01", "pc02", "pc03", "pc04"]), (["room:Raum 1"], ["pc02", "pc03"]),
            (["room:\"a,b\""], ["1"]), (["room:\"Raum 1"], ["pc02", "pc03"]), (["room:Raum pc01"], ["pc04", "pc01"]),
            (["pc01 pc02, pc04"], ["pc01", "pc02", "pc04"]), ([" room:Raum 1 "], ["pc02", "pc03"]),
            // Whoever has no such room is a host beside the room.
            (["room:r101 1"], ["pc01", "1"]), (["all"], ["pc01", "pc02", "pc04", "1"]),
        ])
    func named(_ words: [String], _ names: [String]) throws {
        #expect(try Targets(words).all(in: hosts).map(\.name.description) == names)
    }

    @Test(
        "defect 41: a name is the whole name, and no pattern",
        arguments: [
            "pc0", "pc0.", "pc", "c01", "pc01x", ".*", "room:Rau", "room:r10", "room:r.*", "room:101", "group:win",
            "group:win1.", "school:default", ",noauto",
        ])
    func whole(_ word: String) {
        #expect(throws: Fault.self) { try Targets([word]).all(in: hosts) }
    }

    @Test("nothing is nobody", arguments: ["", " ", ",", ", ,", "\"\"", "\""])
    func nobody(_ text: String) {
        #expect(Targets([text]).isEmpty)
    }

    @Test("those without the flag are left out of a room that is named so") func commands() throws {
        let chosen = try Targets(["room:Raum 1"]).takingCommands(in: hosts)
        #expect(chosen.hosts.map(\.name.description) == ["pc02"] && chosen.skipped.map(\.name.description) == ["pc03"])
        #expect(throws: Fault.self) { try Targets(["room:Raum 2"]).all(in: hosts) }
    }

    @Test("any text is taken apart: without quotes at blanks and commas, with them nothing of a name is lost")
    func anyText() {
        var fuzz = Fuzz("targets", texts: ["pc01,room:Raum 1", "room:\"a,b\" pc02", "\""], spice: "\", :")
        for _ in 0..<20_000 {
            let text = fuzz.nextText().filter(\.isASCII)
            let pieces = TargetPiece.all(in: text)
            #expect(
                pieces.allSatisfy { !$0.words.isEmpty && $0.words.allSatisfy { !$0.isEmpty && !$0.contains("\"") } })
            guard text.contains("\"") else {
                let words = text.split { $0 == " " || $0 == "," }.map(String.init)
                #expect(pieces.flatMap(\.words) == words && pieces.allSatisfy { $0.unquoted != nil })
                continue
            }
            let quoted = "\"\(text.replacing("\"", with: ""))\""
            let name = String(quoted.dropFirst().dropLast())
            #expect(TargetPiece.all(in: quoted).flatMap(\.words) == (name.isEmpty ? [] : [name]))
        }
    }
}
