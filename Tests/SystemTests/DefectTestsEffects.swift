import Foundation
import Testing

/// The defects of docs/linbo.md#defects-of-the-old-hooks in which a download changes, deletes or stores something.
@Suite struct DefectTestsEffects {
    @Test("defect 7: probes have no side effects")
    func probes() async throws {
        try await School.open { school in
            try school.write("sync:1\n", to: "srv/linbocmd/pc01.cmd")
            let before = try await school.fingerprint()
            for options in [Flags.probe, ["-n"], ["-nv"], ["-an"], ["--dry-run", "-L"], ["-nz", "--no-h"]] {
                let result = try await school.pull("linbocmd/pc01.cmd", as: 1, options: options)
                #expect(result.status == 0, "\(options): \(result)")
            }
            for options in [[], ["--list-only"], ["-r"], ["-d"]] {
                let result = try await school.list("linbocmd/pc01.cmd", as: 1, options: options)
                #expect(result.output.contains("pc01.cmd"), "\(options): \(result)")
            }
            #expect(try school.inboxFiles(of: 1).isEmpty)
            #expect(try await school.fingerprint() == before)
            let real = try await school.pull("linbocmd/pc01.cmd", as: 1, options: Flags.follow)
            #expect(real.status == 0, "\(real)")
            #expect(try school.received("pc01.cmd", by: 1) == "sync:1\n")
        }
    }

    @Test("defect 7: a transfer that failed before the command was sent leaves it")
    func failedTransfers() async throws {
        try await School.open { school in
            try school.write("sync:1\n", to: "srv/linbocmd/pc01.cmd")
            let before = try await school.fingerprint()
            // No directory can be made below a file, and rsync ends.
            let failed = try await Command.run(
                Programs.rsync,
                [
                    "--address=127.0.0.2", "rsync://127.0.0.1:\(school.port)/linbo/linbocmd/pc01.cmd",
                    school.config.path + "/no/directory/",
                ])
            #expect(failed.status != 0)
            let excluded = try await school.pull("linbocmd/", as: 1, options: ["-a", "--exclude=*.cmd"])
            #expect(excluded.status == 0, "\(excluded)")
            #expect(try await school.fingerprint() == before)
            let real = try await school.pull("linbocmd/pc01.cmd", as: 1, options: Flags.follow)
            #expect(real.status == 0, "\(real)")
        }
    }

    @Test("defect 8: logs of other hosts are neither served nor deleted", arguments: [true, false])
    func logs(isLink: Bool) async throws {
        try await School.open { school in
            let directory = isLink ? "logs" : "srv/log"
            try school.write("log of pc05", to: "\(directory)/pc05_linbo.log", mode: 0o666)
            try school.write("log of pc01", to: "\(directory)/deep/pc01_image.status", mode: 0o666)
            if isLink { try school.link("srv/log", to: school.directory.path + "/logs") }
            let before = try await school.fingerprint()
            for path in [
                "log/pc05_linbo.log", "log/deep/pc01_image.status", "/log//pc05_linbo.log", "log", "log/", "log/deep/",
            ] {
                for options in [Flags.download, Flags.trigger, ["-r"], ["-rL"]] {
                    let result = try await school.pull(path, as: 1, options: options)
                    #expect(try school.inboxFiles(of: 1).isEmpty, "\(path): \(result)")
                }
            }
            let all = try await school.pull("", as: 1, options: ["-aL"])
            #expect(all.status == 0, "\(all)")
            #expect(try school.received(holding: "log of", by: 1).isEmpty)
            #expect(try await !school.list("", as: 1).output.split(separator: "\n").contains { $0.hasSuffix(" log") })
            #expect(try await school.fingerprint() == before)
            #expect(try school.read("\(directory)/pc05_linbo.log") == "log of pc05")
            #expect(try school.read("\(directory)/deep/pc01_image.status") == "log of pc01")
        }
    }

    @Test(
        "defect 10: values in files that clients wrote are bytes", arguments: ["win11.qcow2.info", "win11.qdiff.info"])
    func values(name: String) async throws {
        try await School.open { school in
            let mark = school.directory.path + "/ran"
            let text =
                "[\"x\" Info File]\ntimestamp=\"$(touch \(mark))\"\nimage=\"`touch \(mark)`\"\nimagesize=\"1\";touch \(mark)\n"
            try school.write(text, to: "srv/images/win11/\(name)")
            try school.write("[OS]\nName = $(touch \(mark))\n", to: "srv/start.conf.evil")
            for path in ["images/win11/\(name)", "start.conf.evil", "images/win11/win11.reg"] {
                let result = try await school.pull(path, as: 1, options: Flags.download)
                #expect(result.status == 0, "\(result)")
            }
            #expect(try school.received(name, by: 1) == text)
            #expect(!school.exists("ran"))
        }
    }

    @Test("defect 27: sixty requests for logs at once: nothing is stored, nothing is sent")
    func triggersAtOnce() async throws {
        try await School.open { school in
            let before = try await school.fingerprint()
            let statuses = try await withThrowingTaskGroup(of: Int32.self) { group in
                for number in 0..<60 {
                    let path = ["/tmp/linbo.log", "/tmp/image.status", "tmp/hwinfo.gz"][number % 3]
                    group.addTask { try await school.pull(path, as: number / 2 + 1, options: Flags.trigger).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 23, count: 60))
            #expect(try await school.fingerprint() == before)
            for host in 1...30 { #expect(try school.inboxFiles(of: host).isEmpty) }
        }
    }

    @Test(
        "defects 28 to 30: no generated grub.cfg is an answer, an empty file is not",
        arguments: ["quiet dhcpretry=9", "a|b", "root=LABEL=x quiet", "$(touch ran)"])
    func generatedMenus(options: String) async throws {
        try await School.open { school in
            try school.write("[LINBO]\nKernelOptions = \(options)\n", to: "srv/start.conf.win11")
            let before = try await school.fingerprint()
            for group in ["win11", "nogroup", "a.b"] {
                for flags in [Flags.download, Flags.probe] {
                    let path = "boot/grub/spool/pc01.\(group).grub.cfg"
                    let result = try await school.pull(path, as: 1, options: flags)
                    #expect(result.status == 23, "\(result)")
                }
            }
            let directory = try await school.pull("boot/grub/spool/", as: 1, options: Flags.mirror)
            #expect(directory.status == 0, "\(directory)")
            #expect(try school.inboxFiles(of: 1).isEmpty)
            #expect(try await school.fingerprint() == before)
        }
    }

    @Test("defect 38: a real .gz, .status or .log is served and stays")
    func realArchives() async throws {
        try await School.open { school in
            let paths = [
                "winact/52:54:00:00:00:01.win11.winact.tar.gz", "icons/notes.log", "examples/image.status", "boot.gz",
                "tmp/kept.log",
            ]
            for path in paths { try school.write("real \(path)", to: "srv/\(path)") }
            let before = try await school.fingerprint()
            for round in ["first", "second"] {
                for path in paths {
                    let result = try await school.pull(path, as: 1, options: Flags.trigger, into: round)
                    #expect(result.status == 0, "\(path): \(result)")
                    let name = URL(fileURLWithPath: "/" + path).lastPathComponent
                    #expect(try school.received(name, by: 1, into: round) == "real \(path)")
                }
            }
            #expect(try await school.fingerprint() == before)
        }
    }
}
