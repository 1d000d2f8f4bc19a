import Foundation
import Testing

/// Symlinks of the tree: inside it they work, out of it they are not there, and none leads around a plugin.
@Suite struct LinkTests {
    /// All the ways to ask for a name in the root: by itself, as a directory, by the root.
    private func pullEveryWay(_ names: [String], of school: School, as host: Int) async throws {
        let manners = [Flags.download, Flags.trigger, ["-l"], ["-a"], ["-rk"], ["-r", "--copy-unsafe-links"]]
        let paths = names.flatMap { [$0, "\($0)/"] } + [""]
        try await together(paths.count * manners.count) { number in
            let options = manners[number / paths.count]
            _ = try await school.pull(
                paths[number % paths.count], as: host, options: options, into: "\(host)/\(number)")
        }
    }

    /// Where a received link leads, by its text.
    private func linkText(_ name: String, by host: Int, in school: School, into inbox: String? = nil) throws -> String {
        let path = school.inbox(inbox ?? "127.0.0.\(host + 1)").appendingPathComponent(name).path
        return try FileManager.default.destinationOfSymbolicLink(atPath: path)
    }

    @Test("a link inside the tree: -L gives the file, -l the link")
    func inside() async throws {
        try await School.open { school in
            let before = try await school.fingerprint()
            let file = try await school.pull("boot/grub/hostcfg/pc01.cfg", as: 1, options: Flags.follow)
            #expect(file.status == 0, "\(file)")
            #expect(try school.inboxFiles(of: 1) == ["pc01.cfg": Array("menu".utf8)])
            let link = try await school.pull("boot/grub/hostcfg/pc01.cfg", as: 2, options: ["-l"])
            #expect(link.status == 0, "\(link)")
            #expect(try linkText("pc01.cfg", by: 2, in: school) == "../win11.cfg")
            let followed = try await school.pull("boot/grub/", as: 3, options: ["-aL"])
            #expect(followed.status == 0, "\(followed)")
            #expect(try school.inboxFiles(of: 3)["hostcfg/pc01.cfg"] == Array("menu".utf8))
            let kept = try await school.pull("boot/grub/", as: 4, options: ["-a"])
            #expect(kept.status == 0, "\(kept)")
            #expect(try linkText("hostcfg/pc01.cfg", by: 4, in: school) == "../win11.cfg")
            #expect(try school.received("hostcfg/pc01.cfg", by: 4) == "menu")
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("links to directories, chains of links, and absolute links that stay inside")
    func directoriesAndChains() async throws {
        try await School.open { school in
            try school.write("png", to: "srv/linux/gui/icons/a.png")
            try school.link("srv/gui", to: "linux/gui")
            try school.link("srv/first", to: "./second")
            try school.link("srv/second", to: "gui/icons/../icons/a.png")
            try school.link("srv/linux/absolute", to: school.tree.path + "/gui/icons")
            let before = try await school.fingerprint()
            let ways: [(path: String, options: [String], file: String)] = [
                ("gui/icons/a.png", Flags.download, "a.png"), ("gui/icons/a.png", Flags.trigger, "a.png"),
                ("gui/", ["-a"], "icons/a.png"), ("gui", ["-rL"], "gui/icons/a.png"), ("first", Flags.follow, "first"),
                ("linux/absolute/a.png", Flags.download, "a.png"), ("linux/absolute/", ["-r"], "a.png"),
                ("linux/", ["-aL"], "absolute/a.png"), ("", ["-aL"], "gui/icons/a.png"),
                ("gui/icons", ["-r"], "icons/a.png"),
            ]
            for (number, way) in ways.enumerated() {
                let result = try await school.pull(way.path, as: 1, options: way.options, into: "\(number)")
                #expect(result.status == 0, "\(way): \(result)")
                #expect(try school.inboxFiles(of: 1, into: "\(number)")[way.file] == Array("png".utf8), "\(way)")
            }
            let link = try await school.pull("gui", as: 2, options: ["-a"])
            #expect(link.status == 0, "\(link)")
            #expect(try linkText("gui", by: 2, in: school) == "linux/gui")
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("dangling links and circles are missing files to those who follow, and hang nobody")
    func circles() async throws {
        try await School.open { school in
            try school.link("srv/icons/dangling.png", to: "nowhere.png")
            try school.link("srv/icons/self.png", to: "self.png")
            try school.link("srv/icons/one", to: "two")
            try school.link("srv/icons/two", to: "one")
            try school.link("srv/icons/up", to: "..")
            try school.link("srv/x.reg", to: "y.reg")
            try school.link("srv/y.reg", to: "x.reg")
            let before = try await school.fingerprint()
            for path in [
                "icons/dangling.png", "icons/self.png", "icons/one", "icons/one/x", "icons/self.png/", "x.reg",
            ] {
                let result = try await school.pull(path, as: 1, options: Flags.follow)
                #expect(result.status == 23, "\(path): \(result)")
            }
            #expect(try school.inboxFiles(of: 1).isEmpty)
            let links = try await school.pull("icons/", as: 1, options: ["-a"])
            #expect(links.status == 0, "\(links)")
            #expect(try linkText("dangling.png", by: 1, in: school) == "nowhere.png")
            #expect(try linkText("up", by: 1, in: school) == "..")
            let through = try await school.pull("icons/up/icons/up/start.conf.win11", as: 2, options: Flags.follow)
            #expect(through.status == 0, "\(through)")
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("links out of the tree are not there: by name, by directory, by root")
    func outOfTheTree() async throws {
        try await School.open { school in
            try school.write("outside", to: "etc/secret")
            try school.write("outside", to: "srv-beside/secret")
            let directory = school.directory.path
            let links = [
                "a": "\(directory)/etc/secret", "b": "../../etc/secret", "c": "../../etc", "d": "\(directory)/etc",
                "e": "/etc/passwd",
                "f": "/", "g": "../..", "h": "../../srv-beside/secret", "i": "\(directory)/srv-beside",
                "j": "\(directory)/srv/../etc/secret", "k": "../../srv/icons/../../etc/secret",
                "m": "/proc/self/root/etc/passwd",
            ]
            for (name, target) in links { try school.link("srv/icons/\(name)", to: target) }
            // A chain that leaves by its last link.
            try school.link("srv/n", to: "icons/a")
            try school.link("srv/o", to: "icons/d")
            let before = try await school.fingerprint()
            let inIcons = links.keys.sorted().flatMap { name in
                ["", "/", "/secret", "/etc/secret"].map { "icons/\(name)\($0)" }
            }
            let paths = inIcons + ["n", "o", "o/secret", "o/"]
            try await together(paths.count) { number in
                let result = try await school.pull(paths[number], as: 1, options: Flags.download)
                #expect(result.status == 23, "\(paths[number]): \(result)")
            }
            for options in [["-aL"], ["-a"], ["-rk"]] {
                for path in ["icons/", "icons", ""] {
                    let result = try await school.pull(path, as: 1, options: options)
                    #expect([0, 23].contains(result.status), "\(path): \(result)")
                }
            }
            #expect(try school.received(holding: "outside", by: 1).isEmpty)
            #expect(try school.received(holding: "root:", by: 1).isEmpty)
            let listing = try await school.list("icons/", as: 1)
            #expect(!listing.output.contains("->"), "\(listing)")
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test(
        "files outside that the configuration lists have their bytes and times",
        arguments: ["absolute", "relative", "chain"])
    func listedOutside(kind: String) async throws {
        var options = School.Options()
        options.linbo = "  outside: [\"{directory}/etc/linbo-torrent\"]"
        try await School.open(options) { school in
            try school.write("ARIA2C=1\n", to: "etc/linbo-torrent")
            try school.write("secret", to: "etc/other")
            let target = school.directory.appendingPathComponent("etc/linbo-torrent").path
            #expect(
                utimes(
                    target, [timeval(tv_sec: 1_234_567_890, tv_usec: 0), timeval(tv_sec: 1_234_567_890, tv_usec: 0)])
                    == 0)
            let texts = ["absolute": target, "relative": "../etc/linbo-torrent", "chain": "link"]
            try school.link("srv/torrent-client.conf", to: texts[kind] ?? "")
            try school.link("srv/link", to: target)
            try school.link("srv/other", to: school.directory.path + "/etc/other")
            for (host, path) in [(1, "torrent-client.conf"), (2, ""), (3, "/torrent-client.conf")] {
                let result = try await school.pull(path, as: host, options: ["-aL"])
                #expect(result.status == 0, "\(path): \(result)")
                #expect(try school.received("torrent-client.conf", by: host) == "ARIA2C=1\n")
                #expect(school.receivedTime("torrent-client.conf", by: host) == 1_234_567_890)
                #expect(!school.hasReceived("other", by: host))
            }
            let same = try await school.pull("torrent-client.conf", as: 1, options: ["-aL", "-i"])
            #expect(!same.output.contains(">f"), "\(same)")
            // Edited in place: the next client has the new bytes.
            try school.write("ARIA2C=2\n", to: "etc/linbo-torrent")
            let edited = try await school.pull("torrent-client.conf", as: 1, options: ["-aL"])
            #expect(edited.status == 0, "\(edited)")
            #expect(try school.received("torrent-client.conf", by: 1) == "ARIA2C=2\n")
        }
    }

    @Test("a link to another host's command leaks nothing, whatever its name")
    func linksToSecrets() async throws {
        try await School.open { school in
            try school.write("linbo:\(School.secret),upload_image:1\n", to: "srv/linbocmd/pc02.cmd", mode: 0o666)
            try school.write("unicodePwd", to: "srv/images/win11/win11.qcow2.macct", mode: 0o666)
            let links = [
                "x": "linbocmd/pc02.cmd", "directory": "linbocmd", "a.reg": "linbocmd/pc02.cmd",
                "pc01.cmd": "linbocmd/pc02.cmd",
                "y": "x", "account.winkey": "images/win11/win11.qcow2.macct",
                "account": "images/win11/win11.qcow2.macct",
            ]
            for (name, target) in links { try school.link("srv/\(name)", to: target) }
            try school.link("srv/images/win11/a.reg", to: "../../linbocmd/pc02.cmd")
            try school.link("srv/linbocmd/pc01.cmd", to: "pc02.cmd")
            try school.link("srv/linbocmd/127.0.0.2.cmd", to: "../x")
            let before = try await school.fingerprint()
            for host in [1, 199] {
                for path in [
                    "directory/pc02.cmd", "directory/", "linbocmd/pc01.cmd", "linbocmd/127.0.0.2.cmd",
                    "images/win11/a.reg",
                ] {
                    _ = try await school.pull(path, as: host, options: Flags.download, into: "\(host)/single")
                }
                try await pullEveryWay(links.keys.sorted(), of: school, as: host)
                #expect(try school.received(holding: School.secret, by: host, into: "\(host)").isEmpty)
                #expect(try school.received(holding: "unicodePwd", by: host, into: "\(host)").isEmpty)
            }
            #expect(try await school.fingerprint() == before)
            let its = try await school.pull("linbocmd/pc02.cmd", as: 2, options: Flags.follow)
            #expect(its.status == 0, "\(its)")
        }
    }
}
