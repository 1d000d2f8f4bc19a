import Foundation
import Glibc
import Testing

/// Uploads under the rights that the unit leaves to the daemon, which are less than root's.
@Suite(.enabled(if: geteuid() == 0, "not root")) struct UploadRightsTests {
    private static func open(without right: String = "-", _ body: (School) async throws -> Void) async throws {
        var options = School.Options.withUploads(uploads: "  info-wait: 1h\n")
        options.startsDaemon = false
        try await School.open(options) { school async throws in
            _ = try await school.start(
                UnitRights.setpriv,
                try UnitRights.words(without: right) + [Programs.hookd, "serve", "--config", school.config.path])
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await body(school)
        }
    }

    /// The image has come and waits for its `.info`.
    private static func arrived(_ school: School) async throws -> String {
        try await school.pushSet("win11.qcow2", as: 1, suffixes: [""])
        let file = "srv/.linbo-hookd/uploads/sets/win11.qcow2/win11.qcow2"
        try await eventually("it has come") { school.exists(file) }
        return school.directory.appendingPathComponent(file).path
    }

    /// As an rsyncd of root's brings them, whatever the daemon may do.
    private static func python(_ script: String, _ file: String) async throws {
        let result = try await Command.run("/usr/bin/python3", ["-c", "import os, struct, sys\n" + script, file])
        try #require(result.status == 0, "\(result)")
    }

    private static let attributes = """
        entries = [(1, 6, -1), (2, 7, 1000), (4, 4, -1), (16, 7, -1), (32, 4, -1)]
        acl = struct.pack('<I', 2) + b''.join(struct.pack('<HHi', *entry) for entry in entries)
        os.chown(sys.argv[1], 12345, 23456)
        os.setxattr(sys.argv[1], 'user.note', b'x')
        os.setxattr(sys.argv[1], 'system.posix_acl_access', acl)
        os.setxattr(sys.argv[1], 'security.capability', struct.pack('<IIIII', 0x02000001, 0xffffffff, 0, 0, 0))
        os.chmod(sys.argv[1], 0o6000)
        """

    @Test("N9: owners, lists, attributes and capabilities of an upload are taken off with the unit's own rights")
    func attributes() async throws {
        try await Self.open { school async throws in
            try await Self.python(Self.attributes, try await Self.arrived(school))
            try await school.pushSet("win11.qcow2", as: 1, suffixes: [".info"])
            try await school.goesLive("win11.qcow2")
            let live = school.status(of: school.live("win11.qcow2"))
            #expect(live.st_mode & 0o7777 == 0o664 && live.st_uid == geteuid() && live.st_gid == getegid())
            let left = try await Command.run(
                "/usr/bin/python3",
                ["-c", "import os, sys; print(os.listxattr(sys.argv[1]))"]
                    + [school.directory.path + "/" + school.live("win11.qcow2")])
            #expect(left.output == "[]\n", "\(left)")
            try await school.uploadsAreDone()
        }
    }

    @Test("N9: what can't be made the server's own goes to quarantine at once, and its name is free")
    func immutable() async throws {
        try await Self.open { school async throws in
            let file = try await Self.arrived(school)
            // FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_IMMUTABLE_FL of linux/fs.h
            let flag = """
                import fcntl
                f = os.open(sys.argv[1], 0)
                now, = struct.unpack('i', fcntl.ioctl(f, 0x80086601, bytes(4)))
                fcntl.ioctl(f, 0x40086602, struct.pack('i', now ^ 0x10))
                """
            try await Self.python(flag, file)
            try await school.pushSet("win11.qcow2", as: 1, suffixes: [".info"])
            try await eventually("it is in quarantine") { !school.internalNames(in: "uploads/quarantine").isEmpty }
            let name = try #require(school.internalNames(in: "uploads/quarantine").first)
            let place = school.directory.path + "/srv/.linbo-hookd/uploads/quarantine/\(name)/win11.qcow2"
            try await Self.python(flag, place)
            let listed = try await school.linboctl("images", "quarantine", "list")
            #expect(listed.output.contains("can't be made the server's own file"), "\(listed)")
            try await school.uploadsAreDone()
            try await school.pushSet("win11.qcow2", as: 2)
            try await school.goesLive("win11.qcow2")
        }
    }

    @Test("a writer is seen also where the file has another owner", arguments: ["-", "lease"])
    func writers(without right: String) async throws {
        try await Self.open(without: right) { school async throws in
            let file = try await Self.arrived(school)
            let writer = Glibc.open(file, O_WRONLY | O_CLOEXEC)
            try #require(writer >= 0)
            defer { close(writer) }
            try await Self.python("os.chown(sys.argv[1], 12345, 23456)", file)
            try await school.pushSet("win11.qcow2", as: 1, suffixes: [".info"])
            try await eventually("it is told") {
                try await school.linboctl("images", "quarantine", "list").output.contains("still writes to it")
            }
            #expect(try school.read(school.live("win11.qcow2")) == "image")
        }
    }

    @Test(
        "N9: options that bring owners, attributes or more are refused",
        arguments: [
            "-A", "-X", "-M--fake-super", "--chown=12345:23456", "--usermap=0:12345", "-U", "--preallocate",
            "--max-alloc=0", "-M--log-file=/tmp/log", "-R", "--mkpath", "--fuzzy", "--super", "--backup",
        ])
    func options(_ option: String) async throws {
        try await Self.open { school async throws in
            let result = try await school.push(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + [option])
            #expect(result.status != 0 && result.errors.contains("refuse"), "\(result)")
        }
    }

    @Test(
        "options of LINBO's client and of admins are taken",
        arguments: [
            "-v", "-z", "-c", "-u", "-W", "--no-W", "-S", "-i", "--stats", "--bwlimit=100000", "--numeric-ids",
            "--info=progress2", "--ignore-times", "--compress-choice=zlib", "-P", "--no-o", "--no-inc-recursive",
        ])
    func usual(_ option: String) async throws {
        try await Self.open { school async throws in
            let result = try await school.push(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + [option])
            #expect(result.status == 0, "\(result)")
        }
    }
}
