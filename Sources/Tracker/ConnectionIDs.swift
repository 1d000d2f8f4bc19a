import Crypto

/// The numbers by which UDP clients prove that they have the address they ask from (BEP 15). Nothing is kept for them:
/// each is a MAC of address and minute, so only who gets packets for the address knows it.
struct ConnectionIDs: Sendable {
    private let key: SymmetricKey

    /// Nanoseconds. A number is taken for as long as one that is as old as this one at most: for one to two minutes.
    /// Clients use it for one.
    private static let span: UInt64 = 60_000_000_000

    init(key: SymmetricKey = SymmetricKey(size: .bits256)) {
        self.key = key
    }

    /// What an address gets now.
    func make(for address: UInt32, at now: UInt64) -> UInt64 {
        number(address, now / Self.span)
    }

    /// Whether it was given to this address, and not too long ago.
    func isValid(_ number: UInt64, for address: UInt32, at now: UInt64) -> Bool {
        let turn = now / Self.span
        return number == self.number(address, turn) || (turn > 0 && number == self.number(address, turn - 1))
    }

    private func number(_ address: UInt32, _ turn: UInt64) -> UInt64 {
        var input: [UInt8] = []
        input.reserveCapacity(12)
        input.append(bigEndian: address)
        input.append(bigEndian: turn)
        let code = HMAC<SHA256>.authenticationCode(for: input, using: key)
        return code.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }
}

extension [UInt8] {
    mutating func append(bigEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
}
