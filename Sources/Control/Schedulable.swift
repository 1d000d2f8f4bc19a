import API
import Foundation
import Jobs
import Schedule

/// An operation that schedules may do: those whose answer is a job.
struct Schedulable: Sendable {
    let route: Route
    /// As the command line has it, before the targets.
    private let word: String
    /// The operation's own, of a question that has one.
    private let body: @Sendable (AddSchedule) throws -> Data?
    private let makePlan: @Sendable (Control, Data, Actor) async throws -> JobPlan

    /// All of them. Each has a property in `AddSchedule`.
    static let all = [
        Schedulable("wake", { $0.wake }) { control, question, actor in try control.planWake(question, by: actor) },
        Schedulable("remote", { $0.remote }) { control, question, actor in
            try control.planRemote(question, by: actor).plan
        },
    ]

    /// - Parameter plan: checks all that can be checked, and changes nothing.
    private init<Question: APIOperation>(
        _ word: String, _ question: @escaping @Sendable (AddSchedule) -> Question?,
        _ plan: @escaping @Sendable (Control, Question, Actor) async throws -> JobPlan
    ) {
        route = Question.route
        self.word = word
        body = { try question($0).map { try APICoding.encoded($0) } }
        makePlan = { control, json, actor in
            try await plan(control, try APICoding.decoded(Question.self, from: json), actor)
        }
    }

    /// What a new schedule will ask, checked as if it were asked now.
    static func question(_ wish: AddSchedule, _ control: Control, by actor: Actor) async throws -> ScheduleWish.Question
    {
        let wanted = try all.compactMap { kind in try kind.body(wish).map { (kind, $0) } }
        guard let (kind, body) = wanted.first, wanted.count == 1 else {
            let words = all.map(\.word).joined(separator: ", ")
            throw Fault(.invalid, "a schedule does one thing", fix: "name one of: \(words)")
        }
        let plan = try await kind.makePlan(control, body, actor)
        return ScheduleWish.Question(
            operation: kind.route.description, body: String(decoding: body, as: UTF8.self),
            what: "\(kind.word) \(plan.subject)")
    }

    /// What a schedule asks now.
    static func plan(_ schedule: Schedule, _ control: Control, by actor: Actor) async throws -> JobPlan {
        guard let kind = all.first(where: { $0.route.description == schedule.operation }) else {
            throw Fault(.conflict, "this version has no '\(schedule.operation)' that can be done later")
        }
        return try await kind.makePlan(control, Data(schedule.body.utf8), actor)
    }
}
