/// Collects the problems of one file, up to a limit: a file of garbage must not fill memory or the log.
struct ProblemList {
    static let limit = 200

    let file: String
    private var kept: [Problem] = []
    private var omitted = 0

    init(file: String) {
        self.file = file
    }

    mutating func add(_ problem: Problem) {
        guard kept.count < Self.limit else {
            omitted += 1
            return
        }
        kept.append(problem)
    }

    mutating func add(
        line: Int, column: Int? = nil, _ what: String, mend: String, severity: Problem.Severity = .error
    ) {
        let location = SourceLocation(file: file, line: line, column: column)
        add(Problem(location: location, what: what, mend: mend, severity: severity))
    }

    /// In the order they were found; the last one counts those beyond the limit.
    var problems: [Problem] {
        guard omitted > 0, let last = kept.last else { return kept }
        let rest = Problem(
            location: last.location, what: "\(omitted) more problems follow",
            mend: "mend the first ones and check again", severity: .error)
        return kept + [rest]
    }
}
