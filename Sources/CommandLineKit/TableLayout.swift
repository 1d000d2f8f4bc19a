/// How wide the columns of a table are.
struct TableLayout {
    private var widths: [Int]

    private static let gap = 2

    /// - Parameter width: of the whole table; nil: as wide as it gets.
    init(_ header: [String], _ rows: [[String]], width: Int?) {
        let all = [header] + rows
        func widest(_ measure: (String) -> Int) -> [Int] {
            header.indices.map { column in all.map { $0.indices.contains(column) ? measure($0[column]) : 0 }.max() ?? 0
            }
        }
        widths = widest(\.count)
        guard let width else { return }
        // No column gets narrower than its longest word: paths and names stay whole, to be copied.
        let least = widest { $0.split(separator: " ").map(\.count).max() ?? 0 }
        var excess = widths.reduce(0, +) + Self.gap * max(0, widths.count - 1) - width
        while excess > 0 {
            let slack = widths.indices.filter { widths[$0] > least[$0] }
            guard let column = slack.max(by: { widths[$0] < widths[$1] }) else { return }
            let step = min(excess, widths[column] - least[column])
            widths[column] -= step
            excess -= step
        }
    }

    /// One row, in as many lines as its longest cell takes.
    func text(of cells: [String]) -> String {
        let columns = zip(cells, widths).map { Self.wrapped($0, at: $1) }
        let height = columns.map(\.count).max() ?? 0
        return (0..<max(1, height)).map { index in
            let parts = zip(columns, widths).map { lines, width in
                let text = lines.indices.contains(index) ? lines[index] : ""
                return text + String(repeating: " ", count: max(0, width - text.count))
            }
            return parts.joined(separator: String(repeating: " ", count: Self.gap)).replacing(/\ +$/, with: "")
        }.joined(separator: "\n")
    }

    private static func wrapped(_ text: String, at width: Int) -> [String] {
        guard text.count > width else { return [text] }
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
