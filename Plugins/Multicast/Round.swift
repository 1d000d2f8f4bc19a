import Supervision

/// How far a sender is.
package enum RoundPhase: String, Codable, Sendable, CaseIterable {
    /// It does not listen yet.
    case starting
    /// Nobody has joined.
    case waiting
    /// Some have joined, and it waits for more.
    case gathering
    case sending
    /// It has sent all, or has lost all receivers.
    case ended
}

/// How it goes for a PC that joined.
package enum ReceiverState: String, Codable, Sendable, CaseIterable {
    /// It waits for the others.
    case joined
    case receiving
    /// It has the whole image.
    case done
    /// It went, or was taken out, before it had the whole image.
    case left
    /// The sender gave it up, as it did not answer.
    case dropped
}

/// One run of udp-sender, by what it wrote: who joined, how far it is, how it ended.
struct Round: Sendable, Equatable {
    /// A PC that joined.
    struct Receiver: Sendable, Equatable {
        let address: String
        /// The sender's own number for it.
        let number: Int
        /// Milliseconds since 1970.
        let joined: Int64
        var state = ReceiverState.joined
    }

    private(set) var phase = RoundPhase.starting
    /// In the order in which they joined.
    private(set) var receivers: [Receiver] = []
    /// That all receivers have.
    private(set) var bytes: Int64 = 0
    /// When the transfer began, and when `bytes` last grew; milliseconds since 1970.
    private(set) var began: Int64?
    private(set) var moved: Int64?

    /// - Parameter lines: of the sender's log; those of earlier runs may stand before.
    init(_ lines: some Sequence<ServiceLine>) {
        for line in lines { read(line.text[...], at: line.at) }
    }

    /// Somebody waits for it, or is on the way.
    var isBusy: Bool { phase == .gathering || phase == .sending }

    /// Nobody is left in the middle of a file, waiting for more.
    var isClean: Bool { receivers.allSatisfy { $0.state == .done } }

    /// Those that are in it now.
    var present: [Receiver] { receivers.filter { $0.state == .joined || $0.state == .receiving } }

    // MARK: Reading

    private mutating func read(_ line: Substring, at now: Int64) {
        if line.hasPrefix("Udp-sender ") {
            self = Round([])
        } else if line.hasPrefix("Broadcasting control to ") {
            phase = .waiting
        } else if let rest = line.after("New connection from ") {
            join(rest, at: now)
        } else if line.hasPrefix("Starting transfer:") {
            (phase, began, moved) = (.sending, now, now)
            change(where: { $0 == .joined }, to: .receiving)
        } else if let rest = line.after("bytes=") {
            progress(rest, at: now)
        } else if let rest = line.after("Dropping client #") {
            change(Self.number(rest), to: .dropped)
        } else if let rest = line.after("Disconnecting #") {
            change(Self.number(rest), to: .left)
            if phase == .gathering, present.isEmpty { phase = .waiting }
        } else if line.hasPrefix("Transfer complete.") || line.hasPrefix("No participants") {
            phase = .ended
            change(where: { $0 == .receiving }, to: .done)
        }
    }

    /// `10.0.0.12  (#0) 00000009`
    private mutating func join(_ rest: Substring, at now: Int64) {
        guard phase == .waiting || phase == .gathering, let hash = rest.firstIndex(of: "#"),
            let number = Self.number(rest[rest.index(after: hash)...]), receivers.count < Self.most
        else { return }
        let address = rest.prefix { $0 != " " }
        phase = .gathering
        receivers.append(Receiver(address: String(address), number: number, joined: now))
    }

    /// ` 30 000 000  re-xmits=0000000 (  0.0%) slice=0112 -   1`
    private mutating func progress(_ rest: Substring, at now: Int64) {
        guard phase == .sending else { return }
        let digits = rest.prefix { $0 == " " || $0.isASCII && $0.isNumber }.filter { $0 != " " }
        guard let value = Int64(digits), value > bytes else { return }
        (bytes, moved) = (value, now)
    }

    /// The sender has told no more than a thousand of them apart.
    private static let most = 10_000

    private static func number(_ text: Substring) -> Int? { Int(text.prefix { $0.isASCII && $0.isNumber }) }

    /// A number is given again once its PC is gone: the last one has it. Who has left or was dropped stays so.
    private mutating func change(_ number: Int?, to state: ReceiverState) {
        guard let index = receivers.lastIndex(where: { $0.number == number }),
            receivers[index].state == .joined || receivers[index].state == .receiving
        else { return }
        receivers[index].state = state
    }

    private mutating func change(where isOne: (ReceiverState) -> Bool, to state: ReceiverState) {
        for index in receivers.indices where isOne(receivers[index].state) { receivers[index].state = state }
    }
}

extension Substring {
    fileprivate func after(_ prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }
}
