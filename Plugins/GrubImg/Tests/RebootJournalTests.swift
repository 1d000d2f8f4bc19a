import HookStore
import HookTesting
import Testing

@testable import GrubImg

@Suite struct RebootJournalTests {
    private static let request = RebootRequest(grub: "(hd0,1)", kernel: "k", initrd: "", append: "ro")

    private let lab: Lab
    private let journal: RebootJournal

    init() throws {
        lab = try Lab()
        journal = RebootJournal(database: try lab.store().database)
    }

    @Test func twoOpensAndNoThird() throws {
        try journal.set(host: "PC01", Self.request, expires: 1000, now: 100)
        #expect(try journal.open(host: "pc02", now: 101) == nil)
        #expect(try journal.open(host: "pc01", now: 101)?.request == Self.request)
        #expect(try journal.open(host: "pc01", now: 102)?.opens == 2)
        #expect(try journal.open(host: "pc01", now: 103) == nil)
        try journal.goesOn(host: "pc01", now: 104)
        #expect(try journal.list(all: true).map(\.state) == [.done])
    }

    @Test func expiry() throws {
        try journal.set(host: "pc01", Self.request, expires: 1000, now: 100)
        try journal.goesOn(host: "pc01", now: 999)
        #expect(try journal.open(host: "pc01", now: 1000) == nil)
        #expect(try journal.list(all: true).map(\.state) == [.expired])
        #expect(try journal.list().isEmpty)
    }

    /// The second opening comes within a minute, or it is another boot's.
    @Test(arguments: [(1, RebootEntry.State.uncertain), (2, .done)])
    func aMinute(_ opens: Int, _ state: RebootEntry.State) throws {
        try journal.set(host: "pc01", Self.request, expires: 1000, now: 100)
        for _ in 0..<opens { #expect(try journal.open(host: "pc01", now: 200) != nil) }
        try journal.settle(now: 259)
        #expect(try journal.list().map(\.state) == [.opened])
        #expect(try journal.open(host: "pc01", now: 260) == nil)
        #expect(try journal.list(all: true).map(\.state) == [state])
    }

    @Test func whatIsOverIsForgottenByAge() throws {
        try journal.set(host: "pc01", Self.request, expires: 200, now: 100)
        try journal.set(host: "pc02", Self.request, expires: 2000, now: 100)
        try journal.settle(now: 300)
        try journal.forget(before: 300)
        #expect(try journal.list(all: true).map(\.state) == [.waiting, .expired])
        try journal.forget(before: 301)
        #expect(try journal.list(all: true).map(\.state) == [.waiting], "however old, what waits stays")
    }

    @Test func aNewOneReplacesWhatWaits() throws {
        try journal.set(host: "pc01", Self.request, expires: 1000, now: 100)
        try journal.set(host: "pc01", Self.request, expires: 1000, now: 101)
        #expect(try journal.open(host: "pc01", now: 102) != nil)
        try journal.set(host: "pc01", Self.request, expires: 1000, now: 103)
        try journal.set(host: "pc02", Self.request, expires: 1000, now: 104)
        #expect(try journal.list(all: true).map(\.state) == [.waiting, .waiting, .uncertain, .replaced])
    }
}
