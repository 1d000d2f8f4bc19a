/// An operation, and how its owner answers it: Control, or a plugin.
package struct OperationOf<Owner>: Sendable {
    /// The operation alone, whose type the handler hides.
    package let operation: any APIOperation.Type
    private let make: @Sendable (_ owner: @escaping @Sendable () throws -> Owner) -> Handler

    /// - Parameter answer: is given the owner of that moment.
    package init<Question: APIOperation>(
        _ operation: Question.Type,
        _ answer: @escaping @Sendable (Owner, Question, Actor) async throws -> Question.Answer
    ) {
        self.operation = operation
        make = { owner in Handler(operation) { question, actor in try await answer(owner(), question, actor) } }
    }

    /// - Parameter owner: is asked for each question; throws if there is none right now.
    package func handler(_ owner: @escaping @Sendable () throws -> Owner) -> Handler { make(owner) }
}
