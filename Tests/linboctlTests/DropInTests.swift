import CommandLineKit
import FuzzKit
import LinboModel
import Testing

@testable import linboctl

/// What linbo-remote, linbo-ssh and linbo-scp make of their arguments.
@Suite struct DropInTests {
    private typealias Options = LinboRemoteOptions

    private func call(_ line: String) throws -> Options.Call {
        try Options.call(line.split(separator: " ", omittingEmptySubsequences: false).map(String.init))
    }

    private func order(_ line: String) throws -> Options? {
        guard case .order(let order) = try call(line) else { return nil }
        return order
    }

    @Test("the last component of the program's name counts")
    func names() {
        for name in ["linbo-remote", "linbo-ssh", "linbo-scp", "linbo-multicast"] {
            for path in [name, "./\(name)", "/usr/sbin/\(name)"] { #expect(DropIns.called(by: path)?.name == name) }
        }
        for other in ["", "/", "linboctl", "/linbo-remote/linboctl", "linbo-remotes"] {
            #expect(DropIns.called(by: other) == nil)
        }
    }

    @Test("letters may stand together, arguments behind their letter, and options in any order")
    func forms() throws {
        let all = try #require(try order("-s x -i pc01 -w 60 -dn -p sync:1,start:1"))
        #expect(all.school == "x" && all.names == ["pc01"] && all.wait == 60 && all.disablesGUI && all.noAuto)
        #expect(all.kept == "sync:1,start:1,noauto,disablegui")
        for line in [
            "-i pc01 -dnp sync:1,start:1 -w60 -s x", "-ndw 60 -ipc01 -sx -psync:1,start:1",
            "-p sync:1,start:1 -n -u -d -w 60 -i pc01 -s x --",
        ] {
            #expect(try order(line) == all, "\(line)")
        }
        #expect(try order("-d -n -i pc01")?.kept == "noauto,disablegui")
        #expect(try order("-c halt -r r101 -s default-school")?.school == nil)
        #expect(try order("-i 10.0.0.1,pc02 -c halt")?.names == ["10.0.0.1", "pc02"])
    }

    @Test("what is done at once is, whatever else is said")
    func atOnce() throws {
        #expect(try call("-l") == .list && call("-i pc01 -h -x") == .help)
        #expect(try call("-i pc01 -a pc02 -c halt") == .attach("pc02"))
    }

    @Test(
        "wrong calls are refused",
        arguments: [
            "", "-c halt", "-i pc01", "-i pc01 -g win11 -c halt", "-g win11 -r r101 -c halt", "-i pc01 -r r101 -c halt",
            "-i pc01 -c halt -p halt", "-i pc01 -b 3 -c halt", "-i pc01 -w x", "-i pc01 -w -1", "-i pc01 -w 1.5",
            "-i pc01 -w 5 -b x", "-i pc01 -w 99999999999999999999", "-g win11 -c upload_image:1",
            "-r r101 -p create_image:1", "-i pc01,pc02 -c create_qdiff:1", "-i pc01 -x", "-i", "-i pc01 -c",
            "-i pc01 -c sync:1, start:1", "--help", "-i , -c halt", "-s ../x -i pc01 -c halt",
        ])
    func refused(line: String) throws {
        #expect(throws: Options.Refusal.self) { try call(line) }
    }

    @Test("that an option is unknown stands on standard error, as getopts has it")
    func unknown() throws {
        #expect(throws: Options.Refusal(reason: "Invalid option: -x", isError: true)) { try call("-i pc01 -x") }
    }

    @Test(
        "comments get quotes, and semicolons for commas, where clients would split them; a typo is no comment",
        arguments: [
            ("sync:1,start:1", "sync:1,start:1"), ("create_image:1", "create_image:1"),
            ("create_image:1:Hello, world", #"create_image:1:"Hello; world""#),
            (#"create_image:1:"Hello, world",upload_image:1"#, #"create_image:1:"Hello; world",upload_image:1"#),
            ("create_image:1:fix,sync mode", #"create_image:1:"fix;sync mode""#),
            ("create_image:1:fix,sync:1", #"create_image:1:"fix",sync:1"#),
            (#"create_qdiff:2:\"a b\",halt"#, #"create_qdiff:2:"a b",halt"#), ("create_image:1:", "create_image:1"),
            ("partition,format,,format:1,", "partition,format,format:1"), ("sync:1,strat:1", "sync:1,strat:1"),
        ])
    func comments(given: String, written: String) {
        #expect(LinboRemoteCommands.written(given) == written)
    }

    @Test("no arguments crash it, and what it takes for commands it takes again")
    func fuzz() {
        var fuzz = Fuzz(
            "linbo-remote",
            texts: [
                "-s x -i pc01,10.0.0.1 -w 60 -b 3 -d -n -p sync:1,start:1", "-g win11 -c halt",
                "-r r -u -w0 -l -a x -h",
                #"-i pc01 -c create_image:1:Hello, world,upload_image:1,create_qdiff:2:\"x\""#,
            ], spice: "-igrscpwbudnalh ,:\"\\019")
        for _ in 0..<20_000 {
            let words = fuzz.nextText().split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard case .order(let order)? = try? Options.call(words) else { continue }
            guard !order.names.isEmpty || order.group != nil || order.room != nil else {
                Issue.record("\(words) is for nobody")
                return
            }
            if let command = order.command, LinboRemoteCommands.written(command) != command {
                Issue.record("\(words): \(command) is not what it says")
                return
            }
        }
    }

    @Test("ssh gets its arguments as they are, behind what its caller can't undo")
    func ssh() {
        let words = ["-o", "StrictHostKeyChecking=no", "pc01", "echo 'a b'; $(x)"]
        let all = PCShellCommand.arguments(words, port: 2222, key: "/k y/id", known: "/h/known")
        #expect(all.suffix(4) == words[...])
        #expect(all.prefix(6) == ["-F", "none", "-o", "Port=2222", "-o", "User=root"])
        #expect(all.contains("StrictHostKeyChecking=yes") && all.contains("IdentityFile=\"/k y/id\""))
        #expect(
            PCShellCommand.copyArguments(["a b", "pc01:/x"], calledAs: "/usr/sbin/linbo-scp")
                == ["-e", "'/usr/sbin/linbo-ssh'", "a b", "pc01:/x"])
        #expect(PCShellCommand.copyArguments([], calledAs: "linbo-scp") == ["-e", "'linbo-ssh'"])
    }
}
