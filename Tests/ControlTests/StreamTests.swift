import API
import Control
import Foundation
import HookHost
import HookStore
import HookTesting
import LinboHookd
import LinuxKit
import Synchronization
import Testing

/// Events after a number, and those that come.
@Suite struct StreamTests {
    private let lab: ControlLab
    private var events: EventBus { lab.assembly.context.events }

    init() throws {
        lab = try ControlLab()
    }

    private func publish(_ names: String...) {
        for name in names { events.publish(.imagePublished, name, by: "pc01", detail: "d") }
        events.flush(within: .seconds(60))
    }

    /// - Returns: `NUMBER KIND SUBJECT` of the next frames that hold something.
    private func next(_ count: Int, _ stream: AsyncStream<Data>) async throws -> [String] {
        struct Frame: Decodable {
            let n: Int64
            let kind: String
            let subject: String
        }
        let found = Mutex<[Data]>([])
        let reading = Task {
            for await data in stream where !data.isEmpty {
                if found.withLock({ found in
                    found.append(data)
                    return found.count == count
                }) {
                    break
                }
            }
        }
        do {
            try await eventually("\(count) frames come") { found.withLock { $0.count } == count }
        } catch {
            reading.cancel()
            throw error
        }
        return try found.withLock { $0 }.map { data in
            let frame = try APICoding.decoded(Frame.self, from: data)
            return "\(frame.n) \(frame.kind) \(frame.subject)"
        }
    }

    @Test("what was comes first, each with its number, then what comes") func goesOn() async throws {
        publish("a", "b", "c")
        let stream = try lab.control.frames(after: 1)
        #expect(try await next(2, stream) == ["2 image.published b", "3 image.published c"])
        publish("d")
        #expect(try await next(1, stream) == ["4 image.published d"])
        // What another process has noted is told, too.
        _ = try lab.store.events.append([.init(.uploadRefused, "e", data: [:], at: 1)])
        #expect(try await next(1, stream) == ["5 upload.refused e"])
    }

    @Test("without a number nothing of what was is told") func onlyNew() async throws {
        publish("a", "b")
        let stream = try lab.control.frames(after: nil)
        publish("c")
        #expect(try await next(1, stream) == ["3 image.published c"])
    }

    @Test("what is not kept any more, or was never here, is told as a gap, and what there is follows")
    func gaps() async throws {
        publish("a", "b")
        try lab.store.events.forget(before: UnixTime.nowMilliseconds() + 1000)
        publish("c")
        #expect(try await next(2, try lab.control.frames(after: 0)) == ["0 events.gap -", "3 image.published c"])
        #expect(try await next(1, try lab.control.frames(after: 2)) == ["3 image.published c"])
        for foreign in [99, -1, .max, .min] as [Int64] {
            #expect(
                try await next(2, try lab.control.frames(after: foreign)) == [
                    "\(foreign) events.gap -", "3 image.published c",
                ])
        }
    }

    @Test("a page has at most as many as were asked for, and says where the next one begins") func pages() async throws
    {
        publish("a", "b", "c")
        func ask(_ since: Int64?, _ limit: Int?) async throws -> ([String], Int64, Bool) {
            let page = try await lab.ask(GetEvents(since: since, limit: limit))
            return (page.events.map(\.subject), page.next, page.hasGap)
        }
        #expect(try await ask(0, 2) == (["a", "b"], 2, false))
        #expect(try await ask(2, 2) == (["c"], 3, false))
        #expect(try await ask(3, nil) == ([], 3, false))
        #expect(try await ask(nil, 1) == (["c"], 3, false))
        #expect(try await ask(0, 0) == (["a"], 1, false))
        #expect(try await ask(0, -5) == (["a"], 1, false))
        #expect(try await ask(0, .max) == (["a", "b", "c"], 3, false))
        #expect(try await ask(4, nil) == (["a", "b", "c"], 3, true))
    }
}
