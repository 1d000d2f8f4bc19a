import Dispatch
import Foundation
import Glibc
import LinuxKit
import Synchronization

/// A directory of one test, which goes with it.
final class Scratch: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/linbo-kit-\(UUID().uuidString)"

    init() throws { try FileTree.makeDirectory(path, mode: 0o700) }

    deinit { FileTree.remove(path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ text: String, to name: String) throws {
        try AtomicFile.replace(self(name), with: Array(text.utf8), mode: 0o600)
    }

    func text(_ name: String) -> String? {
        (try? FileBytes.read(self(name), limit: 1 << 24)).map { String(decoding: $0.bytes, as: UTF8.self) }
    }
}

/// Holds whoever comes, and his thread, until it is opened.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let here = Atomic(0)
    private let peak = Atomic(0)

    /// How many are held.
    var held: Int { here.load(ordering: .sequentiallyConsistent) }
    /// How many were at once.
    var most: Int { peak.load(ordering: .sequentiallyConsistent) }

    func pass() {
        let now = here.add(1, ordering: .sequentiallyConsistent).newValue
        peak.max(now, ordering: .sequentiallyConsistent)
        semaphore.wait()
        here.subtract(1, ordering: .sequentiallyConsistent)
    }

    /// For so many.
    func open(_ count: Int) { for _ in 0..<count { semaphore.signal() } }
}
