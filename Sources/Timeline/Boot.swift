import HookHost
import HookStore
package import LinboModel

/// One boot of a PC over the network, as far as its requests tell it.
package struct Boot: Sendable, Codable, Equatable {
    /// Of the first request; milliseconds since 1970.
    package var began: Int64
    /// Of the last request's end; milliseconds since 1970.
    package var ended: Int64
    /// The furthest step.
    package var reached: BootStep
    /// The image that it fetched.
    package var image: String?
    /// What it asked for and did not get, though it needs it; or what broke off. In words.
    package var fault: String?

    /// From the first request to the end of the last.
    package var seconds: Int64 { max(0, ended - began) / 1000 }

    /// When `reached` was reached; milliseconds since 1970.
    package var reachedAt: Int64
    /// When what `fault` tells was over; milliseconds since 1970.
    package var faultAt: Int64?

    init(_ entry: AuditEntry, _ step: BootStep) {
        (began, reached, reachedAt) = (entry.at, step, entry.at)
        ended = entry.at
        add(entry, step)
    }

    mutating func add(_ entry: AuditEntry, _ step: BootStep) {
        let end = entry.at + (entry.duration ?? 0)
        ended = max(ended, end)
        let isThere = !entry.decision.isAbsence
        if isThere || step == .system, step > reached { (reached, reachedAt) = (step, entry.at) }
        if step == .image, isThere { image = BootStep.image(in: entry.path) }
        if let fault = Self.fault(entry, step) { (self.fault, faultAt) = (fault, end) }
    }

    /// Much that LINBO asks for is rarely there: only what a PC can't do without is a fault.
    private static func fault(_ entry: AuditEntry, _ step: BootStep) -> String? {
        if entry.decision == .refused, let reason = entry.reason { return "\(entry.path): \(reason)" }
        if entry.decision == .missing, step == .startConf || step == .kernel || step == .firmware {
            return "\(entry.path) is not there"
        }
        guard entry.outcome.hasFailed else { return nil }
        return "\(entry.path): \(entry.outcome)"
    }

    /// In a line: how far, how long, what is missing, and the likely cause.
    package func verdict(of host: Host?, groups: [String]) -> String {
        let way = "\(localTime(Int(began / 1000))): came as far as \(reached.words) in \(seconds) s"
        if let fault = explainedFault(of: host, groups: groups) { return "\(way); \(fault)" }
        return way + (image.map { ", with \($0)" } ?? "")
    }

    /// What is missing, and the likely cause; nil: nothing is.
    package func explainedFault(of host: Host?, groups: [String]) -> String? {
        guard let fault, let host, fault.hasPrefix("start.conf.\(host.group) is not there") else { return fault }
        let nearest = nearestWord(to: host.group.description, in: groups).map { ", there is one of '\($0)'" } ?? ""
        return "\(fault) (\(host.source) has group \(host.group)\(nearest))"
    }
}
