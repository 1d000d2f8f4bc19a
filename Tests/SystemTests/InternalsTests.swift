import Foundation
import Testing

/// What is the server's own stays so under every name that leads there, over rsync and TFTP.
@Suite struct InternalsTests {
    @Test("N2: views in the tree under another name are nobody's to read")
    func viewsUnderAnotherName() async throws {
        var options = School.Options.withTFTP()
        options.linbo = "  views: {directory}/srv/views"
        try await School.open(options) { school in
            let pull = try await school.heldPull("images/win11/win11.reg", as: 1, base: "srv/views")
            let place = "views/views/127.0.0.2/images/win11/win11.reg"
            #expect(school.exists("srv/\(place)"))
            try await expectNothing(at: [place, "views/views", "views"], school)
            try await pull.stop()
        }
    }

    @Test("N3: a link to the tree's root, or to any directory above the views, opens none of it")
    func linkToTheRoot() async throws {
        try await School.open(.withTFTP()) { school in
            try school.link("srv/tftpboot", to: ".")
            try school.link("srv/boot/up", to: "../.linbo-hookd/views")
            try school.link("srv/twice", to: "tftpboot/.linbo-hookd")
            try school.write("linbo:\(School.secret),sync:1\n", to: "srv/linbocmd/pc01.cmd")
            let pull = try await school.heldPull("images/win11/win11.reg", as: 1)
            let inner = "views/127.0.0.2/images/win11/win11.reg"
            #expect(school.exists("srv/.linbo-hookd/\(inner)"))
            try await expectNothing(
                at: [
                    "tftpboot/.linbo-hookd/\(inner)", "tftpboot/tftpboot/.linbo-hookd/\(inner)",
                    "boot/up/127.0.0.2/images/win11/win11.reg", "twice/\(inner)", "tftpboot/.linbo-hookd/ballast",
                    "tftpboot/.linbo-hookd/views", "twice", "boot/up", "tftpboot/linbocmd/pc01.cmd",
                ], school)
            let all = try await school.pull("tftpboot/", as: 199, options: ["-aL"], into: "root")
            #expect(all.status == 0 || all.status == 23, "\(all)")
            #expect(try school.received(holding: School.key(1), by: 199, into: "root").isEmpty)
            #expect(!school.hasReceived(".linbo-hookd", by: 199, into: "root"))
            try await pull.stop()
        }
    }

    @Test("the database, secrets and keys are no client's, also where they lie in the tree")
    func stateInTheTree() async throws {
        var options = School.Options.withTFTP()
        options.state = "{directory}/srv/state"
        try await School.open(options) { school in
            try await expectNothing(at: ["state/linbo-hookd.sqlite", "state"], school)
        }
    }

    @Test("a tree that lies in the server's own directory keeps the daemon from starting, with the fix")
    func treeInside() async throws {
        var options = School.Options()
        options.startsDaemon = false
        try await School.open(options) { school in
            let directory = school.directory.path
            let wrong = try school.read("linbo-hookd.yaml")
                .replacingOccurrences(of: "state: \(directory)/state", with: "state: \(directory)")
            try school.write(wrong, to: "other.yaml")
            let check = try await Command.run(
                Programs.hookd, ["check", "--config", "\(school.directory.path)/other.yaml"])
            #expect(check.status == 1)
            #expect(check.output.contains("lies in state"), "\(check)")
        }
    }

    /// By each way of asking there is: rsync by name, as a directory, among others, and TFTP.
    private func expectNothing(at paths: [String], _ school: School) async throws {
        for path in paths {
            for (number, options) in [[], ["-r"], ["-L"], ["-aL"], ["-d"]].enumerated() {
                let inbox = "none/\(number)"
                let result = try await school.pull(path, as: 199, options: options, into: inbox)
                #expect(result.status != 0, "\(path) \(options): \(result)")
                #expect(try school.inboxFiles(of: 199, into: inbox).isEmpty, "\(path) \(options)")
            }
            let answer = try await school.fetch(path, as: 199)
            #expect(answer.bytes == nil, "\(path): \(answer)")
        }
    }
}
