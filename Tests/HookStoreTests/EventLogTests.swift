import Foundation
import GRDB
import HookStore
import Testing

/// Numbers for ever, and no event missed without a word.
@Suite final class EventLogTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/linbo-hookd-\(UUID().uuidString)"

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func draft(_ subject: String, at: Int64 = 1) -> Event.Draft {
        Event.Draft(.imagePublished, subject, data: ["by": "pc01"], at: at)
    }

    @Test("a restart goes on counting, also past events that are gone") func numbers() throws {
        let first = try Store(directory: directory).events
        #expect(try first.append([draft("a"), draft("b", at: 50)]).map(\.n) == [1, 2])
        try first.forget(before: 100)
        let second = try Store(directory: directory).events
        #expect(try second.page(after: nil).events.isEmpty && second.page(after: nil).next == 2)
        #expect(try second.append([draft("c", at: 200)]).map(\.n) == [3])
    }

    @Test("whoever was away gets all, or is told that some are gone") func gaps() throws {
        let log = try Store(directory: directory).events
        _ = try log.append((1...10).map { draft("\($0)", at: $0) })
        let all = try log.page(after: 0, limit: 4)
        #expect(all.events.map(\.subject) == ["1", "2", "3", "4"] && all.next == 4 && !all.hasGap)
        let rest = try log.page(after: 8)
        #expect(rest.events.map(\.subject) == ["9", "10"] && rest.next == 10 && !rest.hasGap)
        #expect(try log.page(after: 10).events.isEmpty && !log.page(after: 10).hasGap)
        try log.forget(before: 4)
        #expect(try log.page(after: 3).events.count == 7 && !log.page(after: 3).hasGap)
        let missed = try log.page(after: 1)
        #expect(missed.hasGap && missed.events.first?.subject == "4")
        // The number of another database.
        let foreign = try log.page(after: 1000)
        #expect(foreign.hasGap && foreign.events.count == 7)
        #expect(try log.page(after: nil, limit: 2).events.map(\.subject) == ["9", "10"])
    }

    @Test("an event comes back as it was; one of a kind that is not known is passed by") func values() throws {
        let store = try Store(directory: directory)
        let event = try #require(
            try store.events.append([
                Event.Draft(.hostRegistered, "pc\u{1B}[2J", school: "gym", data: ["detail": "a\nb"], at: 7)
            ]).first)
        #expect(event.subject == "pc?[2J" && event.data == ["detail": "a?b"] && event.school == "gym")
        try store.database.write {
            try $0.execute(sql: "INSERT INTO event (at, kind, subject, data) VALUES (8, 'no.kind', 'x', '{}')")
        }
        let page = try store.events.page(after: 0)
        #expect(page.events == [event] && page.next == 2)
    }
}
