/// Collects the problems of files. Many of one kind are a few and a count, so that a common fault hides no other, and a
/// file of garbage fills neither memory nor the log.
struct ProblemList {
    /// Kinds of problems, and how many of each are told one by one.
    static let limit = 200
    static let each = 3
    /// Places that the count names.
    private static let places = 8

    /// What is fixed in the same way, in the same file.
    private struct Kind: Hashable {
        let file: String
        let fix: String
        let severity: Problem.Severity
    }

    fileprivate struct Group {
        var told: [Problem] = []
        var lines: [Int] = []
        var count = 0
    }

    let file: String
    private var groups: [Kind: Group] = [:]
    private var order: [Kind] = []
    private var omitted = 0

    init(file: String) {
        self.file = file
    }

    /// Those of several files.
    init(_ problems: some Sequence<Problem>) {
        self.init(file: "")
        for problem in problems { add(problem) }
    }

    mutating func add(_ problem: Problem) {
        let kind = Kind(file: problem.location.file, fix: problem.fix, severity: problem.severity)
        if groups[kind] == nil {
            guard order.count < Self.limit else {
                omitted += 1
                return
            }
            order.append(kind)
        }
        groups[kind, default: Group()].add(problem, each: Self.each, places: Self.places)
    }

    mutating func add(
        line: Int, column: Int? = nil, _ what: String, fix: String, severity: Problem.Severity = .error
    ) {
        let location = SourceLocation(file: file, line: line, column: column)
        add(Problem(location: location, what: what, fix: fix, severity: severity))
    }

    /// Kind by kind, in the order they were found; the last one counts kinds beyond the limit.
    var problems: [Problem] {
        let kept = order.flatMap { groups[$0]?.problems ?? [] }
        guard omitted > 0, let last = kept.last else { return kept }
        let rest = Problem(
            location: last.location, what: "\(omitted) more problems follow",
            fix: "fix the first ones and check again", severity: last.severity)
        return kept + [rest]
    }
}

extension ProblemList.Group {
    fileprivate mutating func add(_ problem: Problem, each: Int, places: Int) {
        if told.count < each {
            told.append(problem)
            return
        }
        count += 1
        if lines.count < places { lines.append(problem.location.line) }
    }

    fileprivate var problems: [Problem] {
        guard let first = lines.first, let last = told.last else { return told }
        let named = lines.map(String.init).joined(separator: ", ")
        return told + [
            Problem(
                location: SourceLocation(file: last.location.file, line: first),
                what: "\(count) more of this kind, in line\(count > 1 ? "s" : "") \(named)"
                    + (count > lines.count ? ", …" : ""),
                fix: last.fix, severity: last.severity)
        ]
    }
}
