import TFTPTransport

/// A TFTP client as RFC 1350 and RFC 7440 have it, as a value.
struct SimulatedClient {
    enum Packet: Hashable { case request, acknowledgement(UInt16) }

    private(set) var received: [Int] = []
    private(set) var isComplete = false
    /// Something came that a right server never sends.
    private(set) var complaint: String?
    private let windowSize: Int
    private let lastBlock: Int
    private let awaitsOptions: Bool
    private var hasOptions = false
    private var unacknowledged = 0
    private var hasAskedAgain = false
    private var hasAnswer = false

    init(options: TransferOptions, lastBlock: Int) {
        windowSize = options.windowSize
        awaitsOptions = !options.agreed.isEmpty
        self.lastBlock = lastBlock
    }

    private var last: Int { received.count }

    /// What it sends when nothing has come for a while.
    var repetition: Packet { hasAnswer ? .acknowledgement(UInt16(truncatingIfNeeded: last)) : .request }

    mutating func receivedOptions() -> Packet? {
        hasAnswer = true
        guard awaitsOptions else {
            complaint = "an OACK that was not asked for"
            return nil
        }
        hasOptions = true
        return received.isEmpty ? .acknowledgement(0) : nil
    }

    /// - Parameter block: counted from 1, as the server means it; the client sees its low 16 bits.
    mutating func receivedData(_ block: Int) -> Packet? {
        hasAnswer = true
        guard !awaitsOptions || hasOptions else {
            complaint = "DATA before the OACK"
            return nil
        }
        guard block <= lastBlock else {
            complaint = "block \(block) of \(lastBlock)"
            return nil
        }
        guard UInt16(truncatingIfNeeded: block) == UInt16(truncatingIfNeeded: last + 1) else {
            // A block ahead: one is missing; said once. One of the past is a repetition.
            if block > last + 1, windowSize > 1 {
                defer { hasAskedAgain = true }
                return hasAskedAgain ? nil : acknowledgement()
            }
            return block == last && unacknowledged == 0 ? acknowledgement() : nil
        }
        guard block == last + 1 else {
            complaint = "block \(block) where \(last + 1) was due"
            return nil
        }
        received.append(block)
        hasAskedAgain = false
        unacknowledged += 1
        if block == lastBlock { isComplete = true }
        return isComplete || unacknowledged >= windowSize ? acknowledgement() : nil
    }

    private mutating func acknowledgement() -> Packet {
        unacknowledged = 0
        return .acknowledgement(UInt16(truncatingIfNeeded: last))
    }
}
