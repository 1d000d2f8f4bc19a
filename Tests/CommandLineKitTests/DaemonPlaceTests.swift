import CommandLineKit
import Foundation
import HookConfig
import LinboModel
import Testing

@Suite struct DaemonPlaceTests {
    @Test("the API's socket lies beside the hooks', unless it has a place of its own") func sockets() throws {
        #expect(try ApiSocket.path(in: "linbo:\n  root: /x\n", file: "f") == "/run/linbo-hookd/api.sock")
        #expect(try ApiSocket.path(in: "socket: /a/b/hook.sock\n", file: "f") == "/a/b/api.sock")
        #expect(try ApiSocket.path(in: "socket: /hook.sock\n", file: "f") == "/api.sock")
        #expect(try ApiSocket.path(in: "socket: /a/h\napi:\n  socket: /c/api\nrot: 1\n", file: "f") == "/c/api")
        #expect(throws: ConfigError.self) { try ApiSocket.path(in: "a: [", file: "f") }
    }

    @Test(
        "sizes are as people write them",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1249, "1.2 kB"), (1250, "1.3 kB"), (999_950, "1.0 MB"),
            (21_000_000, "21.0 MB"), (1_500_000_000, "1.5 GB"), (Int64.max, "9223372.0 TB"),
        ] as [(Int64, String)])
    func sizes(_ bytes: Int64, _ text: String) {
        #expect(byteSize(bytes) == text)
        #expect(Output.size(bytes) == text)
    }
}
