import Foundation
import Testing

/// Names as clients can send them: a refusal says which rule they break, and everything else is a name.
@Suite struct PathTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        let path: [UInt8]
        let rule: String

        init(_ path: String, _ rule: String) {
            self.path = Array(path.utf8)
            self.rule = rule
        }

        init(bytes: [UInt8], _ rule: String) {
            path = bytes
            self.rule = rule
        }

        var testDescription: String { String(decoding: path.prefix(40), as: UTF8.self).debugDescription }
    }

    static let bad = [
        Bad("..", "'..' in a path"), Bad("../", "'..' in a path"), Bad("images/..", "'..' in a path"),
        Bad("images/../start.conf.win11", "'..' in a path"), Bad("/../start.conf.win11", "'..' in a path"),
        Bad("a\nb", "a control character (10)"), Bad("a\tb", "a control character (9)"),
        Bad("\u{1}", "a control character (1)"), Bad("icons/x\u{7F}.png", "a control character (127)"),
        Bad("icons/\u{1B}[31m.png", "a control character (27)"), Bad("start.conf.win11\r", "a control character (13)"),
        Bad(bytes: [0xFF], "not UTF-8"), Bad(bytes: Array("icons/".utf8) + [0xC3, 0x28], "not UTF-8"),
        Bad(bytes: Array("m".utf8) + [0xFC] + Array("ller".utf8), "not UTF-8"),
        Bad(bytes: [0xC0, 0xAE, 0xC0, 0xAE, 0x2F], "not UTF-8"), Bad(bytes: [0xED, 0xA0, 0x80], "not UTF-8"),
        Bad(String(repeating: "x", count: 256), "a name of 256 bytes; 255 is the limit"),
        Bad("icons/" + String(repeating: "ü", count: 128), "a name of 256 bytes; 255 is the limit"),
        Bad(String(repeating: "long/", count: 620), "; 3072 is the limit"),
        Bad(".linbo-hookd", "'.linbo-hookd' is the server's own"),
        Bad(".linbo-hookd/views/127.0.0.3/x", "'.linbo-hookd' is the server's own"),
        Bad("./.linbo-hookd//live/", "'.linbo-hookd' is the server's own"),
        Bad("*", "wildcards are not served: ask for the directory"), Bad("icons/*.png", "wildcards are not served"),
        Bad("start.conf.win1?", "wildcards are not served"), Bad("[a-z]*", "wildcards are not served"),
        Bad("images/**/*.reg", "wildcards are not served"), Bad(".linbo-hook?/live", "wildcards are not served"),
    ]

    @Test("a refusal says which rule the name breaks, and the audit log has it")
    func refusals() async throws {
        try await School.open { school in
            let before = try await school.fingerprint()
            // Together, as rsyncd takes its time over a refusal.
            try await together(Self.bad.count, at: 20) { number in
                let bad = Self.bad[number]
                let options = number % 2 == 0 ? ["-rL"] : Flags.probe
                let result = try await school.pull(bytes: bad.path, as: 1, options: options)
                #expect(result.status != 0)
                #expect(result.description.contains(bad.rule), "\(bad.testDescription): \(result)")
            }
            #expect(try school.inboxFiles(of: 1).isEmpty)
            #expect(try await school.fingerprint() == before)
            let refused = try await school.linboctl("audit", "--json")
            for rule in Set(Self.bad.map(\.rule)) { #expect(refused.output.contains(rule), "\(rule)") }
            #expect(!refused.output.contains("\u{1B}") && !refused.output.contains("\\u001b"))
            // A refused connection is in nobody's way.
            let good = try await school.pull("start.conf.win11", as: 1)
            #expect(good.status == 0, "\(good)")
        }
    }

    @Test("odd but right names are served, by name, in their directory and with others")
    func oddNames() async throws {
        let names = [
            "a b.png", "it's \"so\".png", "#1.png", "(hd0,1)#x#.img", "Grüße.png", "日本.png", "a[1].png", "[x]",
            "what?.png",
            "all*.png", "a\\b.png", "-n", "--delete", "..png", "...", "a..b", ".hidden", "semi;colon&.png", "$HOME",
            "100%",
            "%41.png", "a@b", "name:with:colons", String(repeating: "x", count: 255), "~",
        ]
        try await School.open { school in
            for name in names { try school.write("bytes of \(name)", to: "srv/icons/\(name)") }
            let before = try await school.fingerprint()
            for name in names {
                let result = try await school.pull("icons/\(name)", as: 1, options: Flags.download)
                #expect(result.status == 0, "\(name): \(result)")
            }
            let directory = try await school.pull("icons/", as: 2, options: Flags.mirror)
            #expect(directory.status == 0, "\(directory)")
            let together = try await school.pull(names.map { "icons/\($0)" }, as: 3, options: Flags.download)
            #expect(together.status == 0, "\(together)")
            for host in 1...3 {
                for name in names {
                    #expect(try school.received(name, by: host) == "bytes of \(name)", "by pc0\(host)")
                }
            }
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("a pattern's name is a name: a[1].png is not a1.png")
    func patternsAreNames() async throws {
        try await School.open { school in
            try school.write("one", to: "srv/icons/a1.png")
            try school.write("bracket", to: "srv/icons/a[1].png")
            let result = try await school.pull("icons/a[1].png", as: 1)
            #expect(result.status == 0, "\(result)")
            #expect(try school.inboxFiles(of: 1) == ["a[1].png": Array("bracket".utf8)])
        }
    }

    @Test("names that look the same and have other bytes are two: é may be one character or two")
    func alikeNames() async throws {
        try await School.open { school in
            let pairs = [("e\u{301}", "\u{E9}"), ("u\u{308}.png", "\u{FC}.png")]
            for (two, one) in pairs {
                for name in [two, one] {
                    let file = name.hasSuffix(".png") ? name : "\(name)/x"
                    try school.write("\(name.utf8.count) bytes", to: "srv/icons/\(file)")
                }
            }
            let directory = try await school.pull("icons/", as: 1, options: Flags.mirror)
            #expect(directory.status == 0, "\(directory)")
            for (two, one) in pairs {
                for name in [two, one] {
                    let file = name.hasSuffix(".png") ? name : "\(name)/x"
                    #expect(school.hasReceived(file, by: 1), "\(Array(name.utf8))")
                    let result = try await school.pull("icons/\(file)", as: 2, options: Flags.download, into: file)
                    #expect(result.status == 0, "\(result)")
                }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: school.inbox("127.0.0.2").path).count == 4)
        }
    }

    @Test(
        "dots and doubled slashes change nothing",
        arguments: ["./start.conf.win11", "//start.conf.win11", "./././/start.conf.win11"])
    func sameFile(path: String) async throws {
        try await School.open { school in
            let result = try await school.pull(path, as: 1, options: Flags.follow)
            #expect(result.status == 0, "\(result)")
            #expect(try Set(school.inboxFiles(of: 1).keys) == ["start.conf.win11"])
        }
    }

    @Test("the server's own directory is in no listing and no download of the root")
    func internalDirectory() async throws {
        try await School.open { school in
            for path in ["", "./", "/", "."] {
                for options in [[], ["-r"], ["-aL"], ["--list-only", "-r"], ["-d"]] {
                    let listing = try await school.list(path, as: 1, options: options)
                    #expect(listing.status == 0, "\(listing)")
                    #expect(!listing.output.contains("linbo-hookd"), "\(path) \(options): \(listing)")
                }
            }
            let all = try await school.pull("", as: 1, options: ["-aL"])
            #expect(all.status == 0, "\(all)")
            #expect(!school.hasReceived(".linbo-hookd", by: 1))
            #expect(school.hasReceived("boot/grub/win11.cfg", by: 1))
        }
    }

    @Test("several names in one connection, with doubles, directories and what is not there")
    func severalNames() async throws {
        try await School.open { school in
            let result = try await school.pull(
                ["start.conf.win11", "start.conf.win11", "boot/grub/themes", "none", "linuxmuster-win/"], as: 1,
                options: ["-rL"])
            #expect(result.status == 23, "\(result)")
            let expected: Set = ["start.conf.win11", "themes/linbo/theme.txt", "start.cmd"]
            #expect(try Set(school.inboxFiles(of: 1).keys) == expected)
        }
    }
}
