/// Days on which a school is closed, by their names.
package struct Holidays: Sendable, Equatable {
    /// Days in a row; by their numbers since 1970-01-01, both included.
    struct Span: Sendable, Hashable {
        let days: ClosedRange<Int64>
        let name: String
    }

    let spans: [Span]
    /// What of the file is not heeded, in words.
    package let remarks: [String]

    /// Every day is a school day.
    package static let none = Holidays(spans: [], remarks: [])

    init(spans: [Span], remarks: [String]) {
        (self.spans, self.remarks) = (spans, remarks)
    }

    /// What is closed for at a moment; nil: it is a school day.
    package func name(at milliseconds: Int64, in zone: Zone) -> String? { name(ofDay: zone.day(at: milliseconds)) }

    private func name(ofDay day: Int64) -> String? { spans.first { $0.days.contains(day) }?.name }
}

/// Why a file of holidays can't be used.
package struct HolidayError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
