import FuzzKit
import HookConfig
import HookHost
import LinboModel
import Testing

@testable import LinboHookd

@Suite struct ConfigTests {
    private func problems(_ text: String) -> [String] {
        do {
            _ = try Config(yaml: text, file: "c.yaml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func theSampleIsRight() throws {
        let text = """
            linbo:
              root: /srv/linbo
              schools: /etc/linuxmuster/sophomorix
            state: /var/lib/linbo-hookd
            socket: /run/linbo-hookd/hook.sock
            plugins:
              - onboot-cmd
              - windows-key:
                  keys: devices
            """
        let config = try Config(yaml: text, file: "c.yaml")
        #expect(config.linbo.views == "/srv/linbo/.linbo-hookd")
        #expect(config.plugins.map { $0.type.name.description } == ["onboot-cmd", "windows-key"])
    }

    @Test func anEmptyFileHasTheDefaults() throws {
        let config = try Config(yaml: "", file: "c.yaml")
        #expect(config.linbo.root == "/srv/linbo")
        #expect(config.plugins.isEmpty)
    }

    static let wrong: [(String, String)] = [
        ("lnbo:\n  root: /srv", "c.yaml:1:1: unknown key 'lnbo' in the configuration; did you mean 'linbo'?"),
        ("linbo:\n  rooot: /srv", "c.yaml:2:3: unknown key 'rooot' in linbo; did you mean 'root'?"),
        ("linbo:\n  root: srv", "c.yaml:2:9: root 'srv' is no absolute path; write it from / on, without '..'"),
        ("linbo: 5", "c.yaml:1:8: linbo must be a map; write `key: value` lines below it, indented"),
        ("plugins:\n  - windows-kye", "c.yaml:2:5: unknown plugin 'windows-kye'; did you mean 'windows-key'?"),
        ("plugins:\n  - onboot-cmd\n  - onboot-cmd", "c.yaml:3:5: plugin onboot-cmd stands twice; keep one"),
        ("hook:\n  wait: 5", "c.yaml:2:9: wait '5' is no span of time"),
        ("schedules: {time-zone: Mars/Olympus}", "c.yaml:1:24: time-zone 'Mars/Olympus' is none; write one such as"),
        ("schedules: {holiday: /a}", "c.yaml:1:13: unknown key 'holiday' in schedules; did you mean 'holidays'?"),
        ("state: [a]", "c.yaml:1:8: state must be one value"),
        ("state: /a\nstate: /b", "c.yaml:"),
        ("a: [", "c.yaml:"),
        ("socket: /" + String(repeating: "x", count: 120), "c.yaml:1:9: the socket's path has 121 bytes"),
        (
            "identity:\n  leases:\n    - iscc: /a",
            "c.yaml:3:7: unknown key 'iscc' in identity.leases; did you mean 'isc'?"
        ),
    ]

    @Test(arguments: wrong)
    func saysFileLineColumnAndMend(_ text: String, _ expected: String) throws {
        let problem = try #require(problems(text).first)
        #expect(problem.hasPrefix(expected), "\(problem)")
    }

    @Test func tellsSeveralProblemsAtOnce() {
        #expect(problems("linbo:\n  root: srv\nhook:\n  wait: 5\nplugins:\n  - nothing").count == 3)
    }

    @Test func anyTextIsReadOrRefused() {
        var fuzz = Fuzz(
            "config",
            texts: ["linbo:\n  root: /srv/linbo\nplugins:\n  - onboot-cmd:\n      wait: 5s\n", "hook: {wait: 2s}"],
            spice: ":-[]{}&*!|>'\"#\n ")
        for _ in 0..<3_000 { _ = problems(fuzz.nextText()) }
    }
}

@Suite struct RsyncdConfTests {
    @Test(arguments: [("/usr/bin/linbo-hook", "/usr/bin/linbo-hook"), ("/a b", "'/a b'"), ("/it's", "'/it'\\''s'")])
    func quotesForTheShell(_ word: String, _ expected: String) {
        #expect(RsyncdConf.quoted(word) == expected)
    }

    @Test func unescapesMountPoints() {
        #expect(Mounts.unescape("/srv/linbo\\040x") == "/srv/linbo x")
        #expect(Mounts.unescape("/a\\") == "/a\\")
    }
}
