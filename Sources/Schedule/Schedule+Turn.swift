extension Schedule {
    /// What is to become of a schedule that is due.
    struct Turn: Sendable, Equatable {
        /// What is done with it now.
        enum Fate: Sendable, Equatable {
            /// What it asks is asked; the note says if it is late.
            case act(note: String?)
            /// Nothing is done; the note says why.
            case pass(Outcome, note: String)
        }

        /// The time that this is about.
        let time: Int64
        let fate: Fate
        /// When it is due next; nil: never.
        let next: Int64?
    }

    /// What its words say, read again.
    enum Timing: Sendable {
        case once(PointInTime)
        case repeated(CalendarRule)

        /// The first time behind another one.
        func next(after time: Int64, in zone: Zone) -> Int64? {
            switch self {
            case .repeated(let rule): return rule.next(after: time, in: zone)
            case .once(let point):
                let moment = point.moment(in: zone)
                return moment > time ? moment : nil
            }
        }

        /// The same; of what is done once its time, though it may have passed.
        func first(after time: Int64, in zone: Zone) -> Int64? {
            if case .once(let point) = self { return point.moment(in: zone) }
            return next(after: time, in: zone)
        }
    }

    /// - Throws: `RuleError`, if this version no longer reads what another one did.
    func timing(in zone: Zone) throws(RuleError) -> Timing {
        switch kind {
        case .at: .once(try PointInTime(rule, now: created, in: zone))
        case .every: .repeated(try CalendarRule(rule))
        }
    }

    /// The times from a moment on that something will be done at, as far as anybody knows.
    package func upcoming(_ count: Int, after now: Int64, in zone: Zone, holidays: Holidays) -> [Int64] {
        guard state == .active, let due, let timing = try? timing(in: zone) else { return [] }
        let skipped = self.holidays == .skip ? holidays : .none
        var times: [Int64] = []
        var next: Int64? = max(due, now)
        if due < now { next = timing.next(after: now, in: zone) }
        for _ in 0..<Self.mostLookedAt {
            guard let time = next, times.count < count else { break }
            if skipped.name(at: time, in: zone) == nil { times.append(time) }
            next = timing.next(after: time, in: zone)
        }
        return times
    }

    /// Years of holidays in a row end here, if the rule is not one of many times a day.
    private static let mostLookedAt = 2000

    /// - Parameters:
    ///   - due: of this schedule; not later than `now`.
    ///   - now: milliseconds since 1970.
    ///   - holidays: those that are known.
    func turn(due: Int64, now: Int64, timing: Timing, in zone: Zone, holidays: Holidays) -> Turn {
        let next = timing.next(after: max(due, now), in: zone)
        let time = latest(of: timing, from: due, now: now, in: zone)
        let late = now - time
        let isPunctual = late < Self.punctual
        let fate: Turn.Fate =
            if !isPunctual, missed == .skip || late > Self.grace {
                .pass(.missed, note: "nobody was there at that time, and it is not done \(Self.span(late)) late")
            } else if self.holidays == .skip, let name = holidays.name(at: time, in: zone) {
                .pass(.holiday, note: "it is a holiday: \(name)")
            } else {
                .act(note: isPunctual ? nil : "it is \(Self.span(late)) late, as nobody was there at that time")
            }
        return Turn(time: time, fate: fate, next: next)
    }

    /// Of several times that have passed the last one counts, and is done once.
    private func latest(of timing: Timing, from due: Int64, now: Int64, in zone: Zone) -> Int64 {
        // What is too late is too late whichever it is: only what may be done yet is looked through.
        var latest = due
        var next = timing.next(after: max(due, now - (missed == .run ? Self.grace : Self.punctual)), in: zone)
        while let time = next, time <= now {
            latest = time
            next = timing.next(after: time, in: zone)
        }
        return latest
    }

    private static func span(_ milliseconds: Int64) -> String {
        let minutes = milliseconds / 60_000
        if minutes < 120 { return "\(minutes) minutes" }
        return minutes < 2880 ? "\(minutes / 60) hours" : "\(minutes / 1440) days"
    }
}
