import Glibc

/// Bytes that nobody must see: zeroed when the last holder lets go of them, and never in a text, whoever prints them.
final class SecretBytes: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    // Written in `init` and `deinit` only, when nobody else holds it.
    nonisolated(unsafe) private let storage: UnsafeMutableRawBufferPointer

    init(_ bytes: some Collection<UInt8>) {
        storage = .allocate(byteCount: bytes.count, alignment: 1)
        storage.copyBytes(from: bytes)
    }

    deinit {
        wipe(storage)
        storage.deallocate()
    }

    var count: Int { storage.count }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(storage))
    }

    var description: String { "\(count) secret bytes" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension SecretBytes: Equatable {
    static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        left.withBytes { one in right.withBytes { one.elementsEqual($0) } }
    }
}

/// Overwrites what is no longer needed; the compiler does not leave it out.
func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { wipe($0) }
    bytes = []
}

private func wipe(_ buffer: UnsafeMutableRawBufferPointer) {
    guard let base = buffer.baseAddress else { return }
    explicit_bzero(base, buffer.count)
}
