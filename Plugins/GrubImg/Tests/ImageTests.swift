import Foundation
import HookHost
import HookTesting
import LinboModel
import Testing

@testable import GrubImg

@Suite struct ImageTests {
    private func stored(_ lab: Lab, _ state: String = "state") -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(lab.directory)/\(state)/grub")) ?? []
    }

    @Test(arguments: ["pc01.img", "pc01.efi", "pc01.ia32.efi"])
    func theSameBytesInDifferentDirectories(_ name: String) async throws {
        let (one, two) = (try Lab(), try Lab())
        let first = try #require(try await one.desk().fetch("boot/grub/hostcfg/\(name)", as: 1))
        let second = try #require(try await two.desk(state: "elsewhere").fetch("boot/grub/hostcfg/\(name)", as: 1))
        #expect(first == second)
        #expect(first.count > 100_000)
        // EFI images are PE files, the others begin with pxeboot.img's jump.
        #expect(first.starts(with: Array("MZ".utf8)) == name.hasSuffix(".efi"))
    }

    @Test func theSystemTypeDecides() async throws {
        let lab = try Lab()
        try lab.write(
            Lab.startConf.replacing("Group =", with: "SystemType = efi64\nGroup ="), to: "tree/start.conf.win11")
        let desk = try lab.desk()
        let image = try #require(try await desk.fetch("boot/grub/hostcfg/pc01.img", as: 1))
        #expect(image.starts(with: Array("MZ".utf8)))
        #expect(try await desk.fetch("boot/grub/hostcfg/pc01.efi", as: 1) == image)
        let bios = try #require(try await desk.fetch("boot/grub/hostcfg/pc01.0", as: 1))
        #expect(!bios.starts(with: Array("MZ".utf8)))
    }

    @Test func madeOnceHoweverManyAsk() async throws {
        let lab = try Lab()
        let desk = try lab.desk()
        let answers = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            for number in 0..<40 {
                group.addTask {
                    try await desk.fetch("boot/grub/hostcfg/pc0\(number % 2 + 1).img", as: number % 2 + 1)
                }
            }
            return try await group.reduce(into: Set<[UInt8]?>()) { $0.insert($1) }
        }
        #expect(answers.count == 1 && answers.first != .some(nil))
        // Both hosts' configurations are the same.
        #expect(desk.plugin.maker.count == 1)
        #expect(stored(lab).count == 1)
        // After a restart, too.
        let again = try lab.desk()
        #expect(try await again.fetch("boot/grub/hostcfg/pc01.img", as: 1) == answers.first)
        #expect(again.plugin.maker.count == 0)
    }

    @Test func itFollowsItsInputs() async throws {
        let lab = try Lab()
        let desk = try lab.desk()
        let before = try await desk.fetch("boot/grub/hostcfg/pc01.efi", as: 1)
        try lab.write(Lab.startConf.replacing("quiet", with: "loud"), to: "tree/start.conf.win11")
        let after = try await desk.fetch("boot/grub/hostcfg/pc01.efi", as: 1)
        #expect(before != after)
        try lab.write(Lab.startConf, to: "tree/start.conf.win11")
        #expect(try await desk.fetch("boot/grub/hostcfg/pc01.efi", as: 1) == before)
        #expect(desk.plugin.maker.count == 2)
        #expect(try await lab.desk("modules: [btrfs]").fetch("boot/grub/hostcfg/pc01.efi", as: 1) != before)
    }

    @Test func anotherGRUBIsAnotherImage() async throws {
        let lab = try Lab()
        let grub = "\(lab.directory)/grub"
        try FileManager.default.createDirectory(atPath: grub, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "/usr/lib/grub/x86_64-efi", toPath: "\(grub)/x86_64-efi")
        let desk = try lab.desk("grub: \(grub)")
        let image = try #require(try await desk.fetch("boot/grub/hostcfg/pc01.efi", as: 1))
        #expect(image == (try await lab.desk().fetch("boot/grub/hostcfg/pc01.efi", as: 1)))
        // The same directory, with another module in it.
        try FileManager.default.removeItem(atPath: "\(grub)/x86_64-efi/echo.mod")
        try FileManager.default.copyItem(
            atPath: "/usr/lib/grub/x86_64-efi/sleep.mod", toPath: "\(grub)/x86_64-efi/echo.mod")
        #expect(try await desk.fetch("boot/grub/hostcfg/pc01.efi", as: 1) != image)
    }

    @Test func dryRunsAndDirectoriesBeginNothing() async throws {
        let lab = try Lab()
        let desk = try lab.desk()
        for (intent, manner) in [(Intent.probe, Manner.byName), (.fetch, .inDirectory)] {
            let answer = try await desk.answer("boot/grub/hostcfg/pc01.img", as: 1, intent: intent, manner: manner)
            guard case .nothing = answer.content else {
                Issue.record("\(answer)")
                continue
            }
        }
        #expect(stored(lab).isEmpty)
    }

    @Test func whatIsMissingIsSaidWithItsPackage() async throws {
        let lab = try Lab()
        let desk = try lab.desk("grub: \(lab.directory)")
        let answer = try await desk.answer("boot/grub/hostcfg/pc01.img", as: 1)
        guard case .nothing(.hidden(let reason)) = answer.content else {
            Issue.record("\(answer)")
            return
        }
        #expect(reason.contains("apt-get install grub-pc-bin"))
        let problems = desk.plugin.problems().map(\.fix)
        #expect(
            problems == ["apt-get install grub-common grub-pc-bin", "apt-get install grub-common grub-efi-amd64-bin"])
        let other = try lab.desk("modules: [nosuch]")
        #expect(try await other.fetch("boot/grub/hostcfg/pc01.img", as: 1) == nil)
        #expect(try await lab.desk("grub-mkimage: /bin/false").fetch("boot/grub/hostcfg/pc01.img", as: 1) == nil)
    }

    @Test func aStateThatTakesNoImageIsNamed() async throws {
        let lab = try Lab()
        let desk = try lab.desk()
        // Where the directory of images would be.
        try lab.write("a file", to: "state/grub")
        let answer = try await desk.answer("boot/grub/hostcfg/pc01.img", as: 1)
        guard case .nothing(.hidden(let reason)) = answer.content else {
            Issue.record("\(answer)")
            return
        }
        #expect(reason.hasPrefix("no image: create \(lab.directory)/state/grub/"), "\(reason)")
        #expect(
            reason.hasSuffix(": Not a directory: the directory state must be writable, and have space left"),
            "\(reason)")
    }

    @Test func aProgramThatFailsIsNoMissingPackage() throws {
        let lab = try Lab()
        #expect(try lab.desk().plugin.problems().isEmpty)
        for program in ["/bin/false", "/etc/passwd"] {
            let problems = try lab.desk("grub-mkimage: \(program)").plugin.problems()
            let problem = try #require(problems.first)
            #expect(problems.count == 1 && problem.severity == .warning, "\(problems)")
            #expect(problem.description.hasPrefix("\(program):1: no image can be made: "), "\(problems)")
            #expect(problem.fix.hasPrefix("reinstall grub-common"), "\(problems)")
        }
        let missing = try lab.desk("grub-mkimage: /nosuch").plugin.problems()
        #expect(missing.map(\.description) == ["/nosuch:1: it is not there; apt-get install grub-common"])
    }

    @Test func aProgramThatHangsIsKilled() throws {
        #expect(throws: ImageFailure.self) {
            try ToolRun(program: "/bin/sleep", arguments: ["60"]).run(within: .milliseconds(50))
        }
        do {
            try ToolRun(program: "/bin/ls", arguments: ["/nosuch"]).run(within: .seconds(20))
            Issue.record("it went well")
        } catch let failure as ImageFailure {
            #expect(failure.description.contains("No such file") == true)
        }
    }

    @Test func theArchiveIsOneForTar() async throws {
        let lab = try Lab()
        let archive = Tar.archive([
            Tar.Entry(name: "boot/grub/grub.cfg", bytes: Array("one\n".utf8)),
            Tar.Entry(name: "boot/grub/menu.cfg", bytes: [UInt8](repeating: 7, count: 1024)),
        ])
        try lab.write(archive, to: "a.tar")
        let listed = try await Command.run("/bin/tar", ["--utc", "-tvf", "\(lab.directory)/a.tar"])
        #expect(listed.status == 0)
        #expect(listed.output.contains("-rw-r--r-- 0/0               4 1970-01-01 00:00 boot/grub/grub.cfg"))
        #expect(listed.output.contains("1024 1970-01-01 00:00 boot/grub/menu.cfg"))
    }

    @Test func coreImagesModulesAndFonts() async throws {
        let lab = try Lab()
        try lab.write("the tree's", to: "tree/boot/grub/i386-pc/core.0")
        let desk = try lab.desk()
        #expect(try await desk.text("boot/grub/i386-pc/core.0", as: 200) == "the tree's")
        let core = try await desk.fetch("boot/grub/x86_64-efi/core.efi", as: 200, over: .tftp)
        #expect(core?.starts(with: Array("MZ".utf8)) == true)
        let module = try Data(contentsOf: URL(filePath: "/usr/lib/grub/i386-pc/btrfs.mod"))
        for depth in Depth.allCases {
            let bytes = try await desk.fetch("boot/grub/i386-pc/btrfs.mod", as: 200, over: depth)
            #expect(bytes == Array(module))
        }
        for path in [
            "boot/grub/fonts/unicode.pf2", "boot/grub/ipxe.efi", "boot/grub/ipxe.lkrn", "boot/grub/x86_64-efi/fs.lst",
            "boot.ipxe", "boot/grub/grub.cfg", "boot/grub/x86_64-efi/grub.cfg",
        ] {
            let bytes = try await desk.fetch(path, as: 200)
            #expect(bytes?.isEmpty == false, "\(path)")
        }
        for path in ["boot/grub/i386-pc/nosuch.mod", "boot/grub/i386-pc/kernel.img", "boot/grub/i386-pc/../x.mod"] {
            let bytes = try? await desk.fetch(path, as: 200)
            #expect(bytes == nil, "\(path)")
        }
        #expect(try await desk.fetch("boot/grub/x86_64-efi/shimx64.efi", as: 200) == nil)
    }
}
