import FuzzKit
import HookTesting
import Logging
import Testing

@testable import HookHost

/// Names of files that say who is served: whatever else lies there is no connection's.
@Suite struct ConnectionIDTests {
    @Test("a name is a connection's only if it is the name that the connection has")
    func names() {
        for id in [ConnectionID(process: 1, started: 0), ConnectionID(process: .max, started: .max, transfer: .max)] {
            #expect(ConnectionID(id.description) == id)
        }
        for text in [
            "+7@9", "7@+9", "07@9", "7@09", "7@9#0", "7@9#+1", "-7@9", "0@9", "7@9#", "7@#1", "7@9#1#2", "7@9@1",
        ] {
            #expect(ConnectionID(text) == nil, "\(text)")
        }
        var fuzz = Fuzz("connections", texts: ["77@5#6", "1@0"], spice: "@#0+- ")
        for text in (0..<20_000).map({ _ in fuzz.nextText() }) {
            #expect(ConnectionID(text).map { $0.description == text } != false)
        }
    }

}

/// What clients were not given, as its name is not UTF-8.
@Suite struct OddNamesTests {
    @Test("a table of names that is full takes no more, tells what is new of those in it, and writes nothing twice")
    func full() {
        let (names, log) = (OddNames(), LogLines())
        let logger = Logger(label: "test") { _ in log }
        for number in 0..<1500 { names.leftOut(1, in: "directory \(number)", logger) }
        #expect(names.problems.count == 1000 && log.all.count == 1000)
        for _ in 0..<3 { names.leftOut(2, in: "directory 7", logger) }
        #expect(log.all.count == 1001 && log.all.last?.hasPrefix("directory 7: 2 links") == true)
        names.leftOut(0, in: "directory 8", logger)
        names.leftOut(2, in: "new", logger)
        #expect(names.problems.count == 1000 && log.all.count == 1001)
    }
}
