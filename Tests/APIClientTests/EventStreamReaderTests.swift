import API
import Foundation
import FuzzKit
import Testing

@testable import APIClient

/// Server-sent events, as they come in pieces.
@Suite struct EventStreamReaderTests {
    private func read(_ pieces: [Data]) throws -> [String] {
        var reader = EventStreamReader()
        return try pieces.flatMap { try reader.add($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "an event is the data of its lines; what is no data is left out",
        arguments: [
            ("data: {\"a\":1}\n\n", ["{\"a\":1}"]), ("data:x\n\n", ["x"]), ("data:  x \n\n", [" x "]),
            ("data: a\ndata: b\n\ndata: c\n\n", ["a\nb", "c"]), ("data: a\r\ndata: b\r\n\r\n", ["a\nb"]),
            (": linbo-hookd\n\n:\n\n", []), ("event: x\nid: 7\ndata: a\nretry: 1\n\n", ["a"]), ("data:\n\n", [""]),
            ("data: never ended\n", []), ("data: a\n\ndata: cut o", ["a"]), ("\n\n\n", []), ("datax: a\n\n", []),
        ] as [(String, [String])])
    func forms(_ text: String, _ events: [String]) throws {
        #expect(try read([Data(text.utf8)]) == events)
    }

    @Test("it is the same events, wherever the stream is cut into pieces") func pieces() throws {
        var fuzz = Fuzz(
            "event streams",
            texts: ["data: {\"n\":1}\n\n:\n\ndata: a\r\ndata: b\r\n\r\n", "data:ä\n\nid: 1\ndata\n\n"],
            spice: "data: \n\r\n\n")
        var generator = SplitMix64(seed: Fuzz.seed)
        for _ in 0..<2000 {
            let bytes = Data(fuzz.next())
            let whole = try read([bytes])
            #expect(try read(bytes.map { Data([$0]) }) == whole)
            let cut = Int.random(in: 0...bytes.count, using: &generator)
            #expect(try read([bytes.prefix(cut), bytes.dropFirst(cut)]) == whole)
        }
    }

    @Test("an event without end fills no memory, be it one line or many; one that is as long as that may come again")
    func limit() throws {
        let line = Data("data: \(String(repeating: "x", count: 1000))\n".utf8)
        let many = EventStreamReader.limit / 1000 + 1
        #expect(throws: Fault.self) { try read(Array(repeating: Data(line.dropLast()), count: many)) }
        #expect(throws: Fault.self) { try read(Array(repeating: line, count: many)) }
        #expect(throws: Never.self) { try read(Array(repeating: line + Data("\n".utf8), count: many)) }
    }
}
