import Foundation
import FuzzKit
import HookTesting
import Schedule
import Testing

/// Rules beside what systemd makes of them.
@Suite struct RuleOracleTests {
    private static let zone = Zone("UTC")
    private static let program = ["/usr/bin/systemd-analyze", "/bin/systemd-analyze"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test(
        "known rules come when systemd says that they do",
        arguments: [
            "Mon..Fr 07:10", "Mon,Wed 07:10:30", "*-*-01", "*-12-24", "2026-12-* 06:00", "*:0/15", "hourly", "daily",
            "weekly", "monthly", "quarterly", "semiannually", "yearly", "minutely", "Sat *-*-1..7 18:00", "12-24 08:00",
            "*-*~1 23:59:59", "Mon *-05~07/1", "*-02~03", "Thu,Fri 2027-1,3-1..5 11:12:13", "*-02-29", "8..10/2:30",
            "Sunday 12:00", "2031-01-01 00:00", "*-*-5,10/10 8,12..14:0/20", "*:*:0/17", "00..23/7:00..59/13",
        ])
    func known(rule: String) async throws {
        // systemd has no German.
        let own = rule.replacing("Fr ", with: "Fri ")
        try await compare(rule, systemd: own, base: 1_772_200_631)
    }

    @Test("rules of all kinds come when systemd says that they do, wherever one begins to look")
    func random() async throws {
        var maker = RuleMaker(seed: Fuzz.seed)
        for _ in 0..<60 { try await compare(maker.rule(), systemd: nil, base: maker.moment()) }
    }

    @Test(
        "what systemd takes for no rule is none",
        arguments: ["25:00", "Mon..", "*-13-01", "07:60", "Foo 07:00", "1-2-3-4"])
    func wrong(rule: String) async throws {
        let program = try #require(Self.program, "apt-get install systemd")
        #expect(try await Command.run(program, ["calendar", rule]).status != 0)
        #expect(throws: RuleError.self) { try CalendarRule(rule) }
    }

    private func compare(_ rule: String, systemd: String?, base: Int64) async throws {
        let program = try #require(Self.program, "apt-get install systemd")
        let zone = try #require(Self.zone)
        let result = try await Command.run(
            program, ["calendar", "--iterations=5", "--base-time=@\(base)", systemd ?? rule],
            environment: ["TZ": "UTC", "LC_ALL": "C"])
        try #require(result.status == 0, "\(rule): \(result)")
        let expected = result.output.split(separator: "\n").compactMap { line -> String? in
            guard line.contains("Next elapse:") || line.contains("Iter. #") else { return nil }
            // `Mon 2026-03-02 07:10:00 UTC`
            let words = line.split(separator: " ")
            return words.count > 4 ? words.suffix(3).prefix(2).joined(separator: " ") : nil
        }
        let parsed = try CalendarRule(rule)
        var times: [String] = []
        var next = parsed.next(after: base * 1000, in: zone)
        while let time = next, times.count < 5 {
            let text = String(zone.text(time).dropFirst(3))
            times.append(text.count == 16 ? text + ":00" : text)
            next = parsed.next(after: time, in: zone)
        }
        #expect(times == expected, "\(rule) from \(base)")
    }
}

/// Rules that systemd takes, too.
private struct RuleMaker {
    private var generator: SplitMix64

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
    }

    /// Seconds since 1970, of 2020 to 2040.
    mutating func moment() -> Int64 { Int64.random(in: 1_577_836_800...2_208_988_800, using: &generator) }

    mutating func rule() -> String {
        var words: [String] = []
        if Bool.random(using: &generator) { words.append(weekdays()) }
        if Bool.random(using: &generator) {
            let separator = Int.random(in: 0..<4, using: &generator) == 0 ? "~" : "-"
            let day = separator == "~" ? "\(number(1...28))" : field(1...31)
            words.append(
                "\(Bool.random(using: &generator) ? "*" : field(2026...2060))-\(field(1...12))\(separator)\(day)")
        }
        let seconds = Bool.random(using: &generator) ? "" : ":\(field(0...59))"
        return (words + ["\(field(0...23)):\(field(0...59))\(seconds)"]).joined(separator: " ")
    }

    private mutating func weekdays() -> String {
        let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        let first = number(0...6)
        let last = number(first...6)
        return last == first
            ? names[first] : "\(names[first])\(Bool.random(using: &generator) ? ".." : ",")\(names[last])"
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    private mutating func field(_ range: ClosedRange<Int>) -> String {
        let first = number(range)
        switch number(0...4) {
        case 0: return "*"
        case 1 where first < range.upperBound: return "\(first)..\(number(first + 1...range.upperBound))"
        case 2 where first < range.upperBound: return "\(first)/\(number(1...min(9, range.upperBound - first)))"
        case 3: return "\(first),\(number(range))"
        default: return "\(first)"
        }
    }
}
