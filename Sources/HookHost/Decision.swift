package import LinboModel
import LinuxKit

/// What an answer of the runtime means for the audit log, and whom to tell the outcome: the same words for every
/// transport.
package struct Decision: Sendable, Hashable {
    /// nil: the tree itself.
    package let plugin: String?
    package let word: DecisionWord
    package let reason: String?
    package let bytes: Int64?
    package let token: String?
    package let isOneShot: Bool
    /// The plugin that hears the outcome.
    package let listener: String?

    package init(_ answer: Runtime.Answer) {
        let decider = answer.trace.decider
        var remarks = answer.trace.steps.flatMap(\.remarks)
        var made: MadeContent?
        plugin = decider?.plugin.description
        switch answer.content {
        case .file(let file):
            word = answer.trace.refusal == nil ? .plain : .refused
            bytes = file.status.size
        case .made(let content):
            let way = decider.map { $0.action == .transformed ? DecisionWord.transformed : .made } ?? .plain
            word = answer.trace.refusal == nil ? way : .refused
            bytes = Int64(content.bytes.count)
            made = content
        case .directory:
            word = .directory
            bytes = nil
        case .link:
            word = .link
            bytes = nil
        case .nothing(.missing):
            word = .missing
            bytes = nil
        case .nothing(.hidden(let cause)):
            word = .hidden
            bytes = nil
            remarks.append(cause)
        case .nothing(.refused):
            word = .refused
            bytes = nil
        }
        if let refusal = answer.trace.refusal { remarks.append(refusal) }
        token = made?.token
        isOneShot = made?.isOneShot ?? false
        listener = made?.owner?.description
        for case .failed(let cause) in answer.trace.steps.map(\.action) { remarks.append("failed: \(cause)") }
        reason = remarks.isEmpty ? nil : remarks.joined(separator: "; ")
    }
}
