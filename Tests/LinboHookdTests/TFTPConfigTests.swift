import HookConfig
import HookHost
import LinboModel
import TFTPTransport
import Testing

@testable import LinboHookd

@Suite("tftp: in the configuration")
struct TFTPConfigTests {
    private func settings(_ lines: String) throws -> TFTPSettings {
        try Config(yaml: "tftp:\n" + lines, file: "c.yaml").tftp
    }

    private func problem(_ lines: String) throws -> String {
        do {
            _ = try settings(lines)
            return "right"
        } catch let error as ConfigError {
            return error.problems.first?.description ?? ""
        }
    }

    @Test func offByDefault() throws {
        #expect(try Config(yaml: "plugins: []", file: "c.yaml").tftp.listen.isEmpty)
    }

    @Test func allKeys() throws {
        let settings = try settings(
            """
              listen: ["0.0.0.0:69", "[::]:6969", "10.0.0.1"]
              ports: 50000-50100
              max-blksize: 1428
              mtu-safe: false
              max-windowsize: 16
              max-transfers: 300
              transfers-per-client: 8
              requests-per-second: 50
              memory: 64
              threads: 2
              ignore-case: true
              log-transfers: false
              log-misses: true
              remap:
                - exact: pxelinux.0
                  to: boot/grub/i386-pc/core.0
                - prefix: /tftpboot/
                  to: ""
                - regex: "grub/(.*)"
                  to: boot/grub/$1
              quirks:
                - mac: "52:54:00"
                  max-blksize: 1024
                - options: [windowsize, multicast]
                  max-windowsize: 4
                  ignore: [tsize]
            """)
        #expect(settings.listen.map(\.description) == ["0.0.0.0:69", "[::]:6969", "10.0.0.1:69"])
        #expect(settings.ports == 50_000...50_100)
        #expect(settings.limits == OptionLimits(blockSize: 1428, windowSize: 16))
        #expect(settings.quirks.count == 2)
        #expect(settings.memoryLimit == 64 << 20)
        #expect(!settings.isMTUSafe)
        #expect(try settings.names.path(Array("/tftpboot/linbo64".utf8)).text == "linbo64")
        #expect(try settings.names.path(Array("grub/grub.cfg".utf8)).text == "boot/grub/grub.cfg")
    }

    @Test(
        arguments: [
            ("  listen: [\"10.0.0\"]", "c.yaml:2:12: listen '10.0.0' is no address and port"),
            ("  listen: [\"10.0.0.1:x\"]", "c.yaml:2:12: listen '10.0.0.1:x' is no address and port"),
            ("  listen: 10.0.0.1", "c.yaml:2:11: listen must be a list"),
            ("  ports: 9-1", "c.yaml:2:10: ports '9-1' is no range"),
            ("  single-port: true\n  ports: 1-9", "c.yaml:3:10: ports beside single-port: true"),
            ("  max-blksize: 7", "c.yaml:2:16: max-blksize '7' is no number from 512 to 65464"),
            ("  blksize: 7", "c.yaml:2:3: unknown key 'blksize' in tftp"),
            ("  remap:\n    - exact: a", "c.yaml:3:7: a remap without its target"),
            ("  remap:\n    - exact: a\n      prefix: b\n      to: c", "c.yaml:3:7: a remap with none or several"),
            ("  remap:\n    - regex: \"(\"\n      to: c", "c.yaml:3:14: regex '('"),
            ("  quirks:\n    - mac: \"zz\"\n      max-windowsize: 1", "c.yaml:3:12: mac 'zz' is no beginning of a MAC"),
            ("  quirks:\n    - max-windowsize: 1", "c.yaml:3:7: a quirk for all clients"),
            ("  quirks:\n    - mac: \"00\"", "c.yaml:3:7: a quirk that changes nothing"),
            (
                "  quirks:\n    - mac: \"00\"\n      ignore: [blocksize]",
                "c.yaml:4:16: unknown key 'blocksize' in quirk.ignore; did you mean 'blksize'?"
            ),
        ]) func saysWhereAndWhat(lines: String, expected: String) throws
    {
        let problem = try problem(lines)
        #expect(problem.hasPrefix(expected), "\(problem)")
    }
}
