import Foundation
import LinboModel
import Testing

@testable import ImageStore

/// A stop before each single change of the disk, and then a start.
@Suite struct PowerCutTests {
    private static func live(_ content: [String: String]) -> [String: String] {
        content.filter { !$0.key.hasPrefix("backups/") }
    }

    @Test(arguments: [true, false]) func aSwapStoppedAnywhereIsWholeAfterTheStart(hasExchange: Bool) throws {
        var steps = 0
        while try stop(before: steps, hasExchange: hasExchange) { steps += 1 }
        #expect(steps > 40)
    }

    /// - Returns: false if the swap was done by then.
    private func stop(before step: Int, hasExchange: Bool) throws -> Bool {
        let lab = try Lab(inMemory: true)
        try lab.makeSchool()
        let (before, arrived) = (lab.content("images/win11"), lab.content("arrived"))
        let saboteur = Saboteur(failing: step, hasExchange: hasExchange)
        guard case .failure(let error) = lab.publish(saboteur.disk) else {
            #expect(lab.content("images/win11") == SwapTests.after)
            return false
        }
        let place = Comment(rawValue: "stopped at \(step): \(saboteur.calls.last ?? "")")
        #expect(error.kind == .stopped)
        // Clients see a whole set even before the start; without the exchange, for one step, none.
        let names = lab.names("images/win11")
        #expect(names.contains("win11.qcow2") || (!hasExchange && names.isEmpty), place)
        let hasJournal = lab.exists(".linbo-hookd/win11/journal")
        let sentences = lab.store().recover()
        let after = lab.content("images/win11")
        #expect(after == before || after == SwapTests.after, place)
        if after == before { #expect(lab.content("arrived") == arrived, place) }
        #expect(lab.names(".linbo-hookd/win11").isEmpty, place)
        #expect(sentences.count == (hasJournal ? 1 : 0), place)
        #expect(lab.store().recover().isEmpty, place)
        return true
    }

    /// While it recovers, the power goes again, and again.
    @Test(arguments: [true, false]) func recoveryMayBeStoppedToo(hasExchange: Bool) throws {
        var step = 15
        while true {
            let lab = try Lab(inMemory: true)
            try lab.makeSchool()
            let before = lab.content("images/win11")
            guard case .failure = lab.publish(Saboteur(failing: step, hasExchange: hasExchange).disk) else { return }
            for stop in 0..<12 { _ = lab.store(Saboteur(failing: stop).disk).recover() }
            _ = lab.store().recover()
            let after = lab.content("images/win11")
            #expect(after == before || after == SwapTests.after, "stopped at \(step)")
            step += 3
        }
    }

    @Test(arguments: [ENOSPC, EIO], [true, false])
    func aSwapThatFailsAnywhereLeavesAWholeSet(code: Int32, hasExchange: Bool) throws {
        var steps = 0
        while try fail(at: steps, code: code, hasExchange: hasExchange) { steps += 1 }
        #expect(steps > 40)
    }

    /// - Returns: false if the swap was done by then.
    private func fail(at step: Int, code: Int32, hasExchange: Bool) throws -> Bool {
        let lab = try Lab(inMemory: true)
        try lab.makeSchool()
        let (before, arrived) = (lab.content("images/win11"), lab.content("arrived"))
        let saboteur = Saboteur(failing: step, code: code, hasExchange: hasExchange)
        let result = lab.publish(saboteur.disk)
        let place = Comment(rawValue: "failed at \(step): \(saboteur.calls[min(step, saboteur.count - 1)])")
        let live = Self.live(lab.content("images/win11"))
        _ = lab.store().recover()
        #expect(lab.names(".linbo-hookd/win11").isEmpty, place)
        switch result {
        case .success(let swapped):
            // Directories that are not of the set follow it, and may not have come yet.
            #expect(live.merging(["sub/file": "sub"]) { $1 } == Self.live(SwapTests.after), place)
            #expect(swapped.backup == "202601010800" || swapped.unfinished?.code == code || !swapped.remarks.isEmpty)
            #expect(lab.content("images/win11") == SwapTests.after, place)
        case .failure(let error):
            #expect(error.code == code && !error.fix.isEmpty, place)
            #expect(live == Self.live(before), place)
            #expect(lab.content("images/win11") == before && lab.content("arrived") == arrived, place)
        }
        return saboteur.count > step
    }

    @Test func aFirstImageStoppedAnywhereIsThereOrNot() throws {
        var step = 0
        while true {
            let lab = try Lab(inMemory: true)
            try lab.makeSet("win11.qcow2", in: "arrived", text: "new", timestamp: "202603031000")
            let arrived = lab.content("arrived")
            guard case .failure = lab.publish(Saboteur(failing: step).disk) else { break }
            _ = lab.store().recover()
            let after = lab.content("images/win11")
            #expect(after.isEmpty ? lab.content("arrived") == arrived : after == arrived, "stopped at \(step)")
            step += 1
        }
        #expect(step > 10)
    }
}
