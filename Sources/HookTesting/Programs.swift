package import Foundation

/// The programs that were built together with these tests.
package enum Programs {
    /// Where they lie, and the test bundle.
    package static let directory = URL(
        fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? CommandLine.arguments[0]
    )
    .deletingLastPathComponent()

    package static let hookd = directory.appendingPathComponent("linbo-hookd").path
    package static let hook = directory.appendingPathComponent("linbo-hook").path
    package static let linboctl = directory.appendingPathComponent("linboctl").path
    package static let rsync = "/usr/bin/rsync"

    /// Tools of the tests' own, in `Tests/Tools`. A program that a test writes itself can't be run reliably: a child
    /// that another test starts meanwhile may have it open for writing for as long as it lives (ETXTBSY of execve(2)).
    package static func tool(_ name: String) -> String {
        URL(filePath: #filePath).appending(path: "../../../Tests/Tools/\(name)").standardized.path
    }
}
