import Foundation
import Glibc
import Testing

/// A file is served if the plain server would serve it.
@Suite(.enabled(if: geteuid() == 0, "only root could read more than rsync's user")) struct FileRightsTests {
    private static func open(_ body: (School) async throws -> Void) async throws {
        var options = School.Options.withTFTP()
        options.rsync = "  user: nobody\n  group: nogroup"
        try await School.open(options) { school async throws in
            chmod(school.directory.path, 0o755)
            try school.write("psk", to: "srv/backup/secret", mode: 0o600)
            try school.write("notes", to: "srv/intern/notes.txt")
            try school.write("deep", to: "srv/intern/deep/er/notes.txt")
            chmod(school.tree.path + "/intern", 0o700)
            try school.write("group", to: "srv/backup/group", mode: 0o640)
            chown(school.tree.path + "/backup/group", 0, getgrnam("nogroup")?.pointee.gr_gid ?? 65534)
            try school.write("mine", to: "srv/backup/mine", mode: 0o400)
            chown(school.tree.path + "/backup/mine", getpwnam("nobody")?.pointee.pw_uid ?? 65534, 0)
            try school.write("all", to: "srv/backup/all")
            try FileManager.default.createSymbolicLink(
                atPath: school.tree.path + "/link", withDestinationPath: "intern/notes.txt")
            try await body(school)
        }
    }

    @Test(
        "by rsync, as the module's user and group: files, directories above, links",
        arguments: [
            ("backup/secret", false), ("intern/notes.txt", false), ("intern/deep/er/notes.txt", false), ("link", false),
            ("backup/group", true), ("backup/mine", true), ("backup/all", true),
        ])
    func rsync(_ path: String, _ isServed: Bool) async throws {
        try await Self.open { school async throws in
            let result = try await school.pull([path], as: 1, options: ["-L"])
            #expect((result.status == 0) == isServed, "\(result)")
        }
    }

    @Test(
        "by TFTP, what others may read",
        arguments: [
            ("backup/secret", false), ("intern/notes.txt", false), ("intern/deep/er/notes.txt", false), ("link", false),
            ("backup/group", false), ("backup/mine", false), ("backup/all", true),
        ])
    func tftp(_ path: String, _ isServed: Bool) async throws {
        try await Self.open { school async throws in
            #expect((try await school.fetch(path, as: 1).bytes != nil) == isServed)
        }
    }

    @Test("a listing shows no file of a directory that is closed")
    func listing() async throws {
        try await Self.open { school async throws in
            let result = try await school.pull([""], as: 1, options: ["-r"], into: "all")
            #expect(!school.exists("inbox/all/intern/notes.txt") && school.exists("inbox/all/backup/all"), "\(result)")
        }
    }

    @Test("check tells of a start.conf that PCs can't read")
    func startConf() async throws {
        try await Self.open { school async throws in
            chmod(school.tree.path + "/start.conf.win11", 0o600)
            let check = try await school.linboctl("check")
            #expect(check.output.contains("start.conf.win11:1: its mode keeps PCs from reading it"), "\(check)")
        }
    }
}
