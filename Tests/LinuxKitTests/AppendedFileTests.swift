import Glibc
import LinuxKit
import Testing

/// Files that grow, in a directory whose owner may plant things.
@Suite struct AppendedFileTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func append(_ text: String, to name: String, anew: Bool = false) throws(SystemError) {
        try AppendedFile.append(Array(text.utf8), to: scratch(name), mode: 0o644, anew: anew, durably: false)
    }

    @Test("it grows, and begins anew when that is wanted, with its mode")
    func grows() throws {
        try append("a\n", to: "log")
        try append("b\n", to: "log")
        #expect(scratch.text("log") == "a\nb\n")
        chmod(scratch("log"), 0o600)
        try append("c\n", to: "log", anew: true)
        #expect(scratch.text("log") == "c\n" && FileStatus(at: scratch("log"))?.mode == 0o644)
    }

    @Test("what is no file of its own is left as it is", arguments: [false, true])
    func planted(anew: Bool) throws {
        try scratch.write("precious", to: "precious")
        #expect(symlink(scratch("precious"), scratch("link")) == 0)
        #expect(link(scratch("precious"), scratch("hard")) == 0)
        #expect(mkfifo(scratch("pipe"), 0o666) == 0 && mkdir(scratch("directory"), 0o777) == 0)
        for name in ["link", "hard", "pipe", "directory"] {
            #expect(throws: SystemError.self, "\(name)") { try append("x", to: name, anew: anew) }
        }
        #expect(scratch.text("link") == nil && FileStatus(at: scratch("precious"))?.size == 8)
    }
}
