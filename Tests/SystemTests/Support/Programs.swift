import Foundation

/// The programs that were built together with these tests.
enum Programs {
    static let directory = URL(
        fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? CommandLine.arguments[0]
    )
    .deletingLastPathComponent()

    static let hookd = directory.appendingPathComponent("linbo-hookd").path
    static let hook = directory.appendingPathComponent("linbo-hook").path
    static let linboctl = directory.appendingPathComponent("linboctl").path
    static let rsync = "/usr/bin/rsync"

    /// Tools of the tests' own, in `Tests/Tools`. A program that a test writes itself can't be run reliably: a child
    /// that another test starts meanwhile may have it open for writing for as long as it lives (ETXTBSY of execve(2)).
    static func tool(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
            .appendingPathComponent("Tools").appendingPathComponent(name).path
    }
}
