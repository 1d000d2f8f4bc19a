import Foundation
import Glibc
import Testing

/// Nobody loses a service by adopting this one: what a server had before goes on, or somebody is told.
@Suite struct AdoptionTests {
    private static let hash = String(repeating: "a", count: 40) + "\n"

    @Test("an upload keeps the image's account, and says loudly that it is the old one")
    func accountStays() async throws {
        try await School.open(.withUploads()) { school async throws in
            try school.write("dn: the old account\n", to: "srv/images/win11/win11.qcow2.macct", mode: 0o600)
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            #expect(try school.read("srv/images/win11/win11.qcow2.macct") == "dn: the old account\n")
            #expect(school.status(of: "srv/images/win11/win11.qcow2.macct").st_mode & 0o777 == 0o600)
            try await eventually("it is told") {
                try school.read("hookd.log").contains("the machine account of the image before stays with it")
            }
            #expect(try await school.linboctl("images", "history", "win11").output.contains("machine account"))
            #expect(try await school.linboctl("check").output.contains("images have an account"))
        }
    }

    @Test("a torrent that comes without its .hash gets one; an image that has none any more is told")
    func torrentAndHash() async throws {
        try await School.open(.withUploads()) { school async throws in
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            let made = try await school.linboctl(
                "torrent", "create", school.outbox("win11.qcow2").path, "--announce", "http://127.0.0.1:6969/announce")
            try #require(made.status == 0, "\(made)")
            try? FileManager.default.removeItem(at: school.outbox("win11.qcow2.hash"))
            try await school.pushSet("win11.qcow2", as: 1, suffixes: ["", ".info", ".torrent"])
            try await school.goesLive("win11.qcow2")
            // The torrent may come after the image has gone live: a busy machine takes its time between two uploads.
            try await eventually("the hash is made") { school.exists("srv/images/win11/win11.qcow2.hash") }
            let line = try school.read("srv/images/win11/win11.qcow2.hash")
            #expect(line.count == 41 && line.hasSuffix("\n"), "\(line)")
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611260800")
            try await school.pushSet("win11.qcow2", as: 1, suffixes: ["", ".info"])
            try await school.goesLive("win11.qcow2")
            try await eventually("it is told") {
                try school.read("hookd.log").contains("the image before had a torrent, and this one has none")
            }
        }
    }

    @Test("programs of after-publish and after-rollback run, with image and event, also after a restart")
    func followUps() async throws {
        var options = School.Options.withUploads()
        options.extra += """

            after-publish:
              - [/usr/bin/touch, "{directory}/{event}-{image}"]
              - run: [/bin/sh, -c, "echo told $0; exit 3", "{image}"]
                timeout: 30s
            after-rollback:
              - [/usr/bin/touch, "{directory}/{event}-{image}"]
            """
        try await School.open(options) { school async throws in
            for day in ["25", "26"] {
                try await school.makeImage("win11.qcow2", size: 1)
                try school.makeInfo("win11.qcow2", timestamp: "202611\(day)0800")
                try await school.pushSet("win11.qcow2", as: 1)
                try await school.goesLive("win11.qcow2")
            }
            try await eventually("the program runs") { school.exists("published-win11.qcow2") }
            let failed = "`/bin/sh -c echo told $0; exit 3 win11.qcow2` failed: "
            try await eventually("its failure is told") {
                try await school.linboctl("status").output.contains(failed)
            }
            #expect(try school.read("hookd.log").contains("told win11.qcow2"))
            // What the daemon did not come to waits for the next one.
            #expect(try await school.linboctl("images", "rollback", "win11").status == 0)
            for server in school.servers.all() { server.signal(SIGKILL) }
            try await school.startDaemon()
            try await eventually("the program runs") { school.exists("rolled-back-win11.qcow2") }
            try await eventually("nothing is left to be told") {
                (try? FileManager.default.contentsOfDirectory(atPath: school.directory.path + "/state/follow-ups"))?
                    .isEmpty
                    == true
            }
        }
    }

    @Test(
        "what is wrong in after-publish is told with its line",
        arguments: [
            ("[touch, x]", "no absolute path"), ("[/usr/bin/touch, \"{imgae}\"]", "nothing is put in for '{imgae}'"),
            ("touch", "no list of words"), ("{timeout: 2s}", "no program"),
        ])
    func wrongPrograms(_ item: String, _ words: String) async throws {
        var options = School.Options()
        options.startsDaemon = false
        try await School.open(options) { school async throws in
            let text = try school.read("linbo-hookd.yaml")
            try school.write("after-publish:\n  - \(item)\n" + text, to: "linbo-hookd.yaml")
            let check = try await school.linboctl("check")
            #expect(check.status == 1 && check.output.contains(":2:") && check.output.contains(words), "\(check)")
        }
    }

    @Test("what clients ask for and nobody does is told")
    func missedServices() async throws {
        var options = School.Options()
        options.plugins = "  []"
        try await School.open(options) { school async throws in
            try school.write("sync:1\n", to: "srv/linbocmd/pc01.cmd")
            for path in ["tmp/image.status", "boot/grub/spool/pc01.win11.grub.cfg"] {
                #expect(try await school.pull(path, as: 1).status == 23)
            }
            try await eventually("check tells") {
                // Rows of the audit log are written in batches.
                _ = try await school.linboctl("status")
                let told = try await school.linboctl("check").output
                return [
                    "PCs asked to have tmp/image.status fetched", "1 PCs asked for the GRUB menu of their disk",
                    "devices.csv has product keys", "commands lie in linbocmd",
                ].allSatisfy { told.contains($0) }
            }
            #expect(try await school.linboctl("check").status == 0)
            #expect(try await school.linboctl("status").output.contains("PCs asked for the GRUB menu"))
        }
    }
}
