/// What a server's checker printed of a trial, as an admin can use it: with the name of the file that is to be
/// replaced, the line that is meant, and the row that it is made from.
struct CheckerWords {
    let output: String
    let rendering: Rendering
    let settings: DHCPSettings
    /// The trial's files.
    let included: String
    let main: String

    /// Those lines that are about the generated file; if there are none, all.
    var lines: [String] {
        let printed = output.split { $0.isNewline }.map { String($0) }
        let errors = printed.compactMap { place(in: $0) }
        return errors.isEmpty ? printed.map { named($0) } : errors.flatMap { $0 }
    }

    private func place(in line: String) -> [String]? {
        guard let number = lineNumber(in: line), let (content, source) = rendering.line(number) else { return nil }
        let row = source.map { ", from \($0)" } ?? ""
        return [named(line), "  \(settings.file):\(number)\(row): \(content.drop { $0 == " " })"]
    }

    private func named(_ line: String) -> String {
        line.replacing(included, with: settings.file)
            .replacing(main, with: settings.main ?? "a file that includes it")
    }

    /// `FILE line 12: …` (ISC), `… at line 12 of FILE` (dnsmasq), `FILE:12.3-8: …` (Kea).
    private func lineNumber(in line: String) -> Int? {
        guard let name = line.firstRange(of: included) else { return nil }
        if let match = line[name.upperBound...].prefixMatch(of: /(?::| line )([0-9]+)/) { return Int(match.output.1) }
        return line[..<name.lowerBound].firstMatch(of: /line ([0-9]+) of $/).flatMap { Int($0.output.1) }
    }
}
