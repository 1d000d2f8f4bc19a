import Foundation
import Testing

/// Uploads on filesystems of the test's own.
@Suite(
    .enabled(if: geteuid() == 0, "mounting is for root"),
    .enabled(if: access("/dev/loop-control", W_OK) == 0, "this kernel has no loop devices")
) struct UploadDiskTests {
    /// A school whose tree is on a filesystem of its own, in a file.
    private static func open(
        _ make: [String], megabytes: Int, uploads: String = "", _ body: (School) async throws -> Void
    ) async throws {
        var options = School.Options.withUploads(uploads: uploads)
        options.startsDaemon = false
        try await School.open(options) { school async throws in
            let image = school.directory.path + "/disk"
            _ = FileManager.default.createFile(atPath: image, contents: nil)
            truncate(image, off_t(megabytes) << 20)
            let made = try await Command.run(make[0], Array(make.dropFirst()) + [image])
            try #require(made.status == 0, "\(made)")
            let mounted = try await Command.run("/usr/bin/mount", ["-o", "loop", image, school.tree.path])
            try #require(mounted.status == 0, "\(mounted)")
            do {
                try school.write("image", to: "srv/images/win11/win11.qcow2")
                try await school.startDaemon()
                try await body(school)
            } catch {
                try await Self.unmount(school)
                throw error
            }
            try await Self.unmount(school)
        }
    }

    private static func unmount(_ school: School) async throws {
        for server in school.servers.all() { try await server.stop() }
        try await eventually("nobody uses it") {
            try await Command.run("/usr/bin/umount", [school.tree.path]).status == 0
        }
    }

    @Test("a full disk: the upload fails, nothing of it is left, the live image stays")
    func full() async throws {
        try await Self.open(["/usr/sbin/mkfs.ext4", "-q"], megabytes: 24, uploads: "  keep-free: 4M\n") {
            school async throws in
            try await school.makeImage("win11.qcow2", size: 30)
            let result = try await school.push("win11.qcow2", to: "images/win11/win11.qcow2", as: 1)
            #expect(result.status != 0)
            try await school.uploadsAreDone()
            #expect(try school.read(school.live("win11.qcow2")) == "image")
            let pulled = try await school.pull("images/win11/win11.qcow2", as: 2, options: Flags.download)
            #expect(pulled.status == 0)
        }
    }

    @Test(
        "what came after the image on a full disk is set aside with the first cause: the disk, not the missing image"
    )
    func firstCause() async throws {
        try await Self.open(["/usr/sbin/mkfs.ext4", "-q"], megabytes: 24, uploads: "  keep-free: 4M\n") {
            school async throws in
            try await school.makeImage("win11.qcow2", size: 30)
            #expect(try await school.push("win11.qcow2", to: "images/win11/win11.qcow2", as: 1).status != 0)
            try school.write("[win11.qcow2 Info File]\nimagesize=\"31457280\"\n", to: "outbox/win11.qcow2.info")
            try await eventually("what came of the image is gone, and there is room again") {
                try await school.push("win11.qcow2.info", to: "images/win11/win11.qcow2.info", as: 1).status == 0
            }
            try await eventually("it is set aside") {
                try await school.linboctl("images", "quarantine", "list").output.contains("win11")
            }
            let quarantine = try await school.linboctl("images", "quarantine", "list", "--json")
            #expect(quarantine.output.contains("the image itself did not come whole: the server's disk was full"))
            let history = try await school.linboctl("images", "history", "win11")
            #expect(history.output.contains("the server's disk was full"), "\(history)")
        }
    }

    @Test("with less free than is kept, nothing is taken")
    func kept() async throws {
        try await Self.open(["/usr/sbin/mkfs.ext4", "-q"], megabytes: 24, uploads: "  keep-free: 1G\n") {
            school async throws in
            try await school.makeImage("win11.qcow2", size: 1)
            let result = try await school.push("win11.qcow2", to: "images/win11/win11.qcow2", as: 1)
            #expect(result.status != 0 && "\(result)".contains("the server's disk is full"), "\(result)")
        }
    }

    @Test("an upload that takes what is kept free is ended, and what came of it goes")
    func reaches() async throws {
        try await Self.open(["/usr/sbin/mkfs.ext4", "-q"], megabytes: 64, uploads: "  keep-free: 30M\n") {
            school async throws in
            try await school.makeImage("win11.qcow2", size: 40)
            let before = try await school.fingerprint()
            let result = try await school.push(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--bwlimit=8m"])
            #expect(result.status != 0)
            try await school.uploadsAreDone()
            #expect(school.internalNames(in: "uploads/partial").isEmpty)
            #expect(try await school.fingerprint() == before)
            // rsyncd's receiver has the removed file open until it ends.
            try await eventually("there is room again") {
                var space = statvfs()
                statvfs(school.tree.path, &space)
                return Int(space.f_bavail) * Int(space.f_frsize) > 30 << 20
            }
            // There is room for a smaller one.
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
        }
    }

    @Test(
        "where blocks can be shared, only what changed is sent, and the live image is not touched",
        arguments: ["/usr/sbin/mkfs.xfs -q", "/usr/sbin/mkfs.btrfs -q"])
    func shared(_ make: String) async throws {
        let words = make.split(separator: " ").map(String.init)
        try await Self.open(words, megabytes: 400, uploads: "  keep-free: 1M\n") { school async throws in
            let image = try await school.makeImage("win11.qcow2", size: 20)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.pushSet("win11.qcow2", as: 1)
            try await school.goesLive("win11.qcow2")
            let live = school.status(of: school.live("win11.qcow2"))
            // Unchanged, with another mode: rsync sets it on what is there, and that is not the live file.
            chmod(image.path, 0o600)
            let same = try await school.push(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--stats"])
            #expect(same.status == 0 && same.output.contains("Number of regular files transferred: 0"), "\(same)")
            try await school.uploadsAreDone()
            let after = school.status(of: school.live("win11.qcow2"))
            #expect(
                live.st_ino == after.st_ino && live.st_mode == after.st_mode
                    && live.st_ctim.tv_nsec == after.st_ctim.tv_nsec)
            let handle = try FileHandle(forWritingTo: image)
            try handle.seek(toOffset: 10 << 20)
            try handle.write(contentsOf: Data(school.randomBytes(4096)))
            try handle.close()
            try school.setTime(of: image, 1_790_001_000)
            let changed = try await school.push(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--stats"])
            let literal = try #require(changed.output.split(separator: "\n").first { $0.hasPrefix("Literal data:") })
            #expect(try #require(Int(literal.filter(\.isNumber))) < 1 << 20, "\(changed)")
            // A disk that takes its time has the image locked for longer than a hook waits; then it says "try again".
            try await eventually(".info is taken") {
                (try? await school.pushSet("win11.qcow2", as: 1, suffixes: [".info"])) != nil
            }
            try await school.goesLive("win11.qcow2")
        }
    }
}
