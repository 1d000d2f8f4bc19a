import HookHost
package import HookStore
package import LinboModel

/// One boot of a PC over the network, as far as its requests tell it.
package struct Boot: Sendable, Codable, Equatable {
    /// How far a PC can get, in this order.
    package enum Step: String, Sendable, Codable, CaseIterable, Comparable {
        case firmware, grub, kernel, linbo
        case startConf = "start.conf"
        case image, system

        package static func < (left: Step, right: Step) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }

        /// What a path is asked for; nil: it tells nothing.
        init?(_ entry: AuditEntry) {
            let path = entry.path
            switch entry.transport {
            case "tftp":
                if path.hasSuffix("linbo64") || path.hasSuffix("linbofs64") {
                    self = .kernel
                } else if path.hasPrefix("boot/grub/"), path.hasSuffix(".cfg") {
                    self = .grub
                } else if [".0", ".efi", ".img"].contains(where: { path.hasSuffix($0) }) {
                    self = .firmware
                } else {
                    return nil
                }
            case "rsync":
                if path.hasPrefix("start.conf") {
                    self = .startConf
                } else if path.hasSuffix(".macct") || path.hasPrefix("winact/") {
                    self = .system
                } else if path.hasPrefix("images/"), path.hasSuffix(".qcow2") || path.hasSuffix(".qdiff") {
                    self = .image
                } else {
                    self = .linbo
                }
            default: return nil
            }
        }
    }

    /// Milliseconds since 1970, of the first request and of the last one's end.
    package var began: Int64
    package var ended: Int64
    package var reached: Step
    /// The image that it fetched.
    package var image: String?
    /// What it asked for and did not get, though it needs it; or what broke off. In words.
    package var fault: String?

    package var seconds: Int64 { max(0, ended - began) / 1000 }

    /// After so long a silence it is another boot; milliseconds.
    private static let silence: Int64 = 600_000

    /// - Parameter entries: of one host, oldest first.
    package static func all(_ entries: [AuditEntry]) -> [Boot] {
        var boots: [Boot] = []
        for entry in entries where entry.intent == "fetch" {
            guard let step = Step(entry) else { continue }
            let end = entry.at + (entry.duration ?? 0)
            if let last = boots.last, entry.at - last.ended < silence, !(step <= .grub && last.reached >= .linbo) {
                boots[boots.count - 1].add(entry, step, end)
            } else {
                var boot = Boot(began: entry.at, ended: end, reached: step)
                boot.add(entry, step, end)
                boots.append(boot)
            }
        }
        return boots
    }

    private init(began: Int64, ended: Int64, reached: Step) {
        (self.began, self.ended, self.reached) = (began, ended, reached)
    }

    private mutating func add(_ entry: AuditEntry, _ step: Step, _ end: Int64) {
        ended = max(ended, end)
        let isThere = !entry.decision.isAbsence
        if isThere || step == .system { reached = max(reached, step) }
        if step == .image, isThere { image = entry.path.split(separator: "/").last.map(String.init) }
        if let fault = Self.fault(entry, step) { self.fault = fault }
    }

    /// Much that LINBO asks for is rarely there: only what a PC can't do without is a fault.
    private static func fault(_ entry: AuditEntry, _ step: Step) -> String? {
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

extension Boot.Step {
    /// What a PC has then.
    package var words: String {
        switch self {
        case .firmware: "GRUB"
        case .grub: "GRUB's menu"
        case .kernel: "LINBO's kernel"
        case .linbo: "LINBO"
        case .startConf: "LINBO, with its start.conf"
        case .image: "fetching an image"
        case .system: "starting its system"
        }
    }
}

extension Config {
    /// Groups that have a start.conf.
    package var groups: [String] {
        tree.names(in: .root).filter { $0.hasPrefix("start.conf.") }.map { String($0.dropFirst("start.conf.".count)) }
    }
}
