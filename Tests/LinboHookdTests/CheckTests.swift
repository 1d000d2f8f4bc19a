import Foundation
import Glibc
import HookStore
import HookTesting
import LinboModel
import Remote
import SSH
import Testing

@testable import LinboHookd

/// What `linbo-hookd check` sees on the disk.
@Suite struct CheckTests {
    /// A server in a temporary directory with which all is right.
    private final class Site {
        let directory: String

        init() throws {
            directory = URL(filePath: NSTemporaryDirectory()).appending(path: "check-\(UUID().uuidString)").path()
            try write("schools/default-school/devices.csv", "r101;pc01;win11;52:54:00:00:00:01;10.0.0.1;;;;;;1;;;;\n")
            try write(
                "srv/start.conf.win11",
                "[LINBO]\n[OS]\nName = Windows\nBaseImage =\nRoot = /dev/sda1\nKernel = auto\nInitrd =\nAppend =\n")
            try write("secrets", "linbo:x\n", mode: 0o600)
            try write("setup.ini", "[setup]\n")
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }

        func write(_ path: String, _ text: String, mode: mode_t = 0o644) throws {
            let url = URL(filePath: "\(directory)/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
            chmod(url.path(), mode)
        }

        func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: "\(directory)/\(path)") }

        /// - Parameter changes: of the configuration's text; `{}` is the directory.
        func check(_ changes: [(String, String)] = [], more: String = "") throws -> Check.Report {
            var text = """
                linbo:
                  root: {}/srv
                  schools: {}/schools
                  setup: {}/setup.ini
                state: {}/state
                socket: {}/hook.sock
                rsync:
                  user: root
                  group: root
                  secrets: {}/secrets
                  conf: {}/rsyncd.conf
                uploads:
                  keep-free: 0
                \(more)
                """
            if access("\(directory)/rsyncd.conf", F_OK) != 0 {
                let right = try Config(
                    yaml: text.replacing("{}", with: directory).replacing(more, with: ""), file: "c.yaml")
                try write("rsyncd.conf", RsyncdConf.text(right, configFile: "c.yaml", hook: "/usr/bin/linbo-hook"))
            }
            for (old, new) in changes { text = text.replacing(old, with: new) }
            try write("c.yaml", text.replacing("{}", with: directory))
            return Check.run(file: "\(directory)/c.yaml", logger: DaemonLog.silent)
        }

        func says(_ told: [String], _ expected: String, _ place: Testing.SourceLocation = #_sourceLocation) {
            #expect(told == [expected.replacing("{}", with: directory)], sourceLocation: place)
        }
    }

    @Test func aServerWithWhichAllIsRight() throws {
        let report = try Site().check(more: "tftp:\n  listen: [\"0.0.0.0:69\", \"[::]:69\", \"127.0.0.1:70\"]")
        #expect(report.problems.isEmpty && report.warnings.isEmpty && report.hosts == 1, "\(report)")
    }

    @Test func nobodyInDevicesCSV() throws {
        let site = try Site()
        try site.write("schools/default-school/devices.csv", "# nobody yet\n")
        let report = try site.check()
        #expect(report.problems.isEmpty)
        site.says(
            report.warnings,
            "{}/schools/default-school/devices.csv:1: no host, here or in another school's file; "
                + "write rows such as r101;pc01;win11;52:54:00:00:00:01;10.0.0.1;;;;;;1")
    }

    @Test func schoolsThatAreNotThere() throws {
        let report = try Site().check([("{}/schools", "/none")])
        #expect(report.problems.count == 1 && report.warnings.isEmpty, "\(report)")
        let problem = try #require(report.problems.first)
        #expect(
            problem.hasSuffix(
                "c.yaml:3:12: the directory of the schools /none can't be read (opendir: No such file or directory); "
                    + "name the right directory, or let the daemon read it"), "\(problem)")
    }

    @Test func secretsThatRsyncdRefuses() throws {
        let site = try Site()
        try site.write("secrets", "linbo:x\n", mode: 0o640)
        #expect(try site.check().warnings.isEmpty, "a group's right is none of strict modes'")
        try site.write("secrets", "linbo:x\n", mode: 0o644)
        site.says(
            try site.check().warnings,
            "{}/c.yaml:10:12: rsyncd refuses all uploads: others may read or write {}/secrets; chmod 600 {}/secrets")
        try site.remove("secrets")
        site.says(
            try site.check().warnings,
            "{}/c.yaml:10:12: rsyncd refuses all uploads: stat {}/secrets: No such file or directory; "
                + "write `linbo:PASSWORD` into it, and `chmod 600 {}/secrets`")
    }

    @Test("a key for PCs that can't be used is told with its mend, where remote.key or a plugin wants it, and else not")
    func remoteKey() async throws {
        let site = try Site()
        let locked = "\(site.directory)/id"
        #expect(
            try await Command.run(
                "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", locked]
            ).status == 0)
        let named = try site.check(more: "remote:\n  key: {}/id")
        #expect(named.problems.isEmpty)
        site.says(
            named.warnings,
            "{}/c.yaml:15:8: PCs that run LINBO can't be reached: {}/id has a passphrase, and nobody is there to type it; "
                + "take it off by `ssh-keygen -p -N '' -f {}/id`, or name another key in remote.key, whose public half "
                + "stands in /root/.ssh/authorized_keys when linbofs is built")
        site.says(
            try site.check(more: "remote: {key: \"{}/none\"}").warnings,
            "{}/c.yaml:14:15: PCs that run LINBO can't be reached: read {}/none: No such file or directory; "
                + "name the key that LINBO accepts in remote.key")
        #expect(
            try site.check(more: "remote: {key: \"{}/secrets\"}").warnings.first?.contains("no private key") == true)
        #expect(
            try await Command.run("/usr/bin/ssh-keygen", ["-q", "-p", "-P", "secret", "-N", "", "-f", locked]).status
                == 0)
        #expect(try site.check(more: "remote: {key: \"{}/id\"}").warnings.isEmpty)
        // Nobody wants PCs to be reached: whether root has a key is root's own affair.
        #expect(try site.check(more: "remote: {port: 2222}").warnings.isEmpty)
        // With the plugin its key is the remark's, if this machine's root has none that can be used.
        let wanted = try site.check(more: "plugins: [client-logs]").warnings
        let own = RemoteSettings().keyFile { access($0, F_OK) == 0 }
        #expect(wanted.contains { $0.contains("can't be reached") } == (PrivateKey.fault(in: own) != nil), "\(wanted)")
    }

    @Test("a key that PCs were reached by, and that can't be used any more, is told")
    func remoteKeyInUse() throws {
        let site = try Site()
        let store = try Store(directory: "\(site.directory)/state", migrations: Store.migrations())
        let key = HostKey(type: "ssh-ed25519", base64: "AAAA", fingerprint: "SHA256:x")
        _ = try HostKeys(store).judge(key, of: "pc01", now: 1)
        let own = RemoteSettings().keyFile { access($0, F_OK) == 0 }
        let told = try site.check().warnings.contains { $0.contains("can't be reached") }
        #expect(told == (PrivateKey.fault(in: own) != nil))
    }

    @Test("N19: modules without limits, wherever they stand")
    func limitsOfRsyncd() throws {
        let site = try Site()
        func hooks(_ base: String) -> String {
            let commands = ["early exec = exec", "pre-xfer exec =", "Post-Xfer  exec="].map {
                "\($0) /usr/bin/linbo-hook --wait 2000 x\n"
            }
            return commands.joined() + "path = \(site.directory)/srv/.linbo-hookd\(base)/views/%RSYNC_HOST_ADDR%\n"
        }
        try site.write(
            "rsyncd.conf",
            "# timeout = 5\nuid = 0\n[other]\npath = /srv\n&include \(site.directory)/modules\n&include \(site.directory)/more.d\n"
        )
        try site.write(
            "modules",
            "\n[linbo]\n  \(hooks(""))  Max  Connections=9\n[linbo-upload]\n\(hooks("/uploads"))timeout = 0\n")
        try site.write("more.d/a.conf", "[right]\n\(hooks(""))timeout = 5\nmax connections = 7\n")
        let report = try site.check()
        #expect(report.problems.isEmpty)
        func told(_ line: Int, _ module: String, _ key: String) -> String {
            "\(site.directory)/modules:\(line):1: module \(module) has no `\(key)`: connections that hang stay, "
                + "and keep old images; print the modules anew with `linboctl rsyncd-conf`"
        }
        #expect(
            report.warnings == [
                told(2, "linbo", "timeout"), told(8, "linbo-upload", "timeout"),
                told(8, "linbo-upload", "max connections"),
            ])
    }

    @Test("N19: what rsyncd-conf prints has its limits, and check finds them")
    func printedLimits() throws {
        let site = try Site()
        let config = try Config(yaml: "rsync: {timeout: 5m, max-connections: 300}\n", file: "/a.yaml")
        let text = RsyncdConf.text(config, configFile: "/a.yaml", hook: "/usr/bin/linbo-hook")
        #expect(text.components(separatedBy: "    timeout = 300\n    max connections = 300\n").count == 3)
        try site.write("rsyncd.conf", text)
        #expect(try site.check().warnings.isEmpty)
        #expect(RsyncdConfInUse(file: "\(site.directory)/rsyncd.conf").modules.filter(\.isOurs).count == 2)
    }

    @Test func unknownUserAndGroup() throws {
        let report = try Site().check([("user: root", "user: nobdy"), ("group: root", "group: nogrup")])
        #expect(report.problems.count == 2 && report.warnings.isEmpty, "\(report)")
        #expect(report.problems.first?.contains("c.yaml:8:9: rsync.user 'nobdy' is no user of this machine") == true)
        #expect(report.problems.last?.contains("c.yaml:9:10: rsync.group 'nogrup' is no group of") == true)
        #expect(try Site().check([("user: root", "user: 65534")]).problems.isEmpty, "rsyncd takes numbers")
    }

    @Test func anUnusableState() throws {
        let site = try Site()
        let fix = "; run as root, or set state to a directory of this user's; usual is /var/lib/linbo-hookd"
        try site.write("state", "a file\n")
        site.says(try site.check().problems, "{}/c.yaml:5:8: state {}/state is no directory" + fix)
        site.says(
            try site.check([("{}/state", "{}/none/state")]).problems,
            "{}/c.yaml:5:8: mkdir {}/none/state: No such file or directory" + fix)
    }

    @Test func aSocketThatIsAFile() throws {
        let site = try Site()
        try site.write("hook.sock", "a file\n")
        site.says(
            try site.check().problems,
            "{}/c.yaml:6:9: socket {}/hook.sock is a file or a directory already; remove it, or set socket to another path"
        )
        try site.remove("hook.sock")
        try site.write("api.sock", "a file\n")
        #expect(try site.check().problems.contains { $0.contains("set api.socket to another path") })
    }

    @Test func aGroupWithoutItsStartConf() throws {
        let site = try Site()
        try site.write(
            "schools/default-school/devices.csv",
            """
            r101;pc01;win11;52:54:00:00:00:01;10.0.0.1;;;;;;1;;;;
            r101;pc02;win12;52:54:00:00:00:02;10.0.0.2;;;;;;1;;;;
            r101;pc03;win12;52:54:00:00:00:03;10.0.0.3;;;;;;1;;;;
            r101;printer;nopxe;52:54:00:00:00:04;10.0.0.4;;;;;;0;;;;

            """)
        let report = try site.check()
        #expect(report.problems.isEmpty)
        site.says(
            report.warnings,
            "{}/schools/default-school/devices.csv:2: group win12 has no start.conf: "
                + "stat {}/srv/start.conf.win12: No such file or directory; there is one of 'win11'; write that file, or correct the group"
        )
    }

    @Test(
        "what is wrong in a start.conf is told",
        arguments: [
            ("  [OS]\n  Name = x\n", "starts with a blank"), ("{\"a\": 1}\n", "no section [OS]"),
            ("", "no section [OS]"),
            ("[Os1]\nName = x\n", "unknown section 'Os1'"), ("[OS]\nKernel auto\n", "no '=' in this line"),
            ("[LINBO]\r[OS]\rName = x\r", "its lines end in CR alone"),
            (
                "[OS]\nName = x\nBaseImage = win10.qcow2\nRoot=a\nKernel=a\nInitrd=\nAppend=\n",
                "there is no images/win10/win10.qcow2"
            ),
            ("[OS]\nName = x\nBaseImage = ../a\nRoot=a\nKernel=a\nInitrd=\nAppend=\n", "is no name of an image"),
        ])
    func startConfs(_ text: String, _ words: String) throws {
        let site = try Site()
        try site.write("srv/start.conf.win11", text)
        let report = try site.check()
        #expect(report.problems.isEmpty)
        #expect(
            report.warnings.contains { $0.hasPrefix("\(site.directory)/srv/start.conf.win11:") && $0.contains(words) },
            "\(report.warnings)")
    }

    @Test("a start.conf in UTF-16") func startConfInUTF16() throws {
        let site = try Site()
        let bytes: [UInt8] = [0xFF, 0xFE] + "[OS]\n".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        try Data(bytes).write(to: URL(filePath: "\(site.directory)/srv/start.conf.win11"))
        #expect(try site.check().warnings.contains { $0.contains("it is UTF-16") })
    }

    @Test("admin-trial 2.6: old modules below the new ones are an error, with the line that wins")
    func mixedModules() throws {
        let site = try Site()
        let config = try Config(
            yaml: "linbo: {root: \(site.directory)/srv}\nstate: \(site.directory)/state\n", file: "c.yaml")
        let ours = RsyncdConf.text(config, configFile: "c.yaml", hook: "/usr/bin/linbo-hook")
        try site.write("ours", ours)
        func problems(_ text: String) throws -> [String] {
            try site.write("rsyncd.conf", text)
            return try site.check().problems
        }
        #expect(try problems("&include \(site.directory)/ours\n").isEmpty)
        // rsyncd goes on with the same module, and its later values win.
        let old = "[linbo]\npath = /srv/linbo\npre-xfer exec = /usr/share/linuxmuster/linbo/rsync-pre-download.sh\n"
        let below = try problems("&include \(site.directory)/ours\n\(old)")
        #expect(
            below.count == 1 && below[0].contains("rsyncd.conf:3:1: module linbo: its path is /srv/linbo"), "\(below)")
        #expect(try problems("\(old)&include \(site.directory)/ours\n").isEmpty, "above them they are overwritten")
        let hook = try problems("&include \(site.directory)/ours\n[LINBO]\npost-xfer exec = /bin/true\n")
        #expect(hook.count == 1 && hook[0].contains("its `post-xfer exec` is another program's"), "\(hook)")
        let gone = try problems("&include \(site.directory)/nothing\n")
        #expect(gone.count == 1 && gone[0].contains("there is no \(site.directory)/nothing"), "\(gone)")
        #expect(try problems("[linbo]\npath = /srv/linbo\n").isEmpty)
        #expect(try site.check().warnings.contains { $0.contains("no module [linbo] with the hooks") })
    }

    @Test("whatever computes a list of problems has a reader; a new one is entered here, with its own")
    func allDiagnosesAreRead() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        // Where such lists are made, and what in `Diagnosis` reads them; nil: that is how they are passed on.
        let readers: [String: String?] = [
            "StartConf": "StartConfLint", "SetupIni": "setup.problems", "DHCPPlan": "DHCPPlan",
            "Devices": "hosts.problems",
            "HostDirectory": "addressProblems", "KeyPool": "Diagnosed)?.problems()",
            "TemplateSet": "Diagnosed)?.problems()",
            "GrubImg+Claims": "Diagnosed)?.problems()", "MacctSettings": "Diagnosed)?.problems()",
            "Preflight+Remarks": "Preflight.remarks",
            "DevicesFile": nil, "LoadedDevices": nil, "DevicesBook": nil, "ProblemList": nil, "KeyPoolFile": nil,
            "ConfigError": nil, "Config": nil, "Config+Parts": nil, "Assembly": nil, "DHCP": nil,
        ]
        let diagnosis = try String(
            contentsOf: root.appending(path: "Sources/LinboHookd/Diagnosis.swift"), encoding: .utf8)
        for (file, reader) in readers {
            if let reader { #expect(diagnosis.contains(reader), "\(file)") }
        }
        for directory in ["Sources", "Plugins"] {
            let files = FileManager.default.enumerator(atPath: root.appending(path: directory).path())
            while let path = files?.nextObject() as? String {
                guard path.hasSuffix(".swift"), !path.contains("/Tests/") else { continue }
                let text = try String(
                    contentsOf: root.appending(path: directory).appending(path: path), encoding: .utf8)
                guard text.contains("problems: [Problem]") else { continue }
                let name = path.split(separator: "/").last?.dropLast(".swift".count) ?? ""
                #expect(readers[String(name)] != nil, "\(directory)/\(path) makes a list of problems: who reads it?")
            }
        }
    }

    @Test("what is wrong in setup.ini is told; an address that no PC reaches, too") func setupIni() throws {
        let site = try Site()
        try site.write("setup.ini", "[setup]\nserverip = 127.0.0.1\nnonsense\n")
        let warnings = try site.check().warnings
        #expect(warnings.contains { $0.contains("setup.ini:3") && $0.contains("no '='") }, "\(warnings)")
        #expect(warnings.contains { $0.contains("serverip is 127.0.0.1") })
    }

    @Test("the database stays as it is: none is made, none is brought up to date") func databaseStays() throws {
        let site = try Site()
        let state = "\(site.directory)/state"
        let file = URL(filePath: "\(state)/\(Store.fileName)")
        #expect(try site.check().warnings.isEmpty && !FileManager.default.fileExists(atPath: file.path()))
        do { _ = try Store(directory: state) }
        let before = try Data(contentsOf: file)
        site.says(
            try site.check().warnings,
            "{}/state/linbo-hookd.sqlite:1: the database: it is an older version's; "
                + "the daemon of this version brings it up to date at its start: systemctl restart linbo-hookd")
        #expect(try Data(contentsOf: file) == before)
        do { _ = try Store(directory: state, migrations: Store.migrations()) }
        #expect(try site.check().warnings.isEmpty)
    }

    @Test("a tab in YAML is named") func tabs() throws {
        let site = try Site()
        let report = try site.check(more: "tftp:\n\tlisten: []\n")
        #expect(report.problems.contains { $0.contains("a tab; indent with blanks") }, "\(report.problems)")
    }

    @Test func aSetupIniThatIsNamedAndMissing() throws {
        let site = try Site()
        try site.remove("setup.ini")
        site.says(
            try site.check().warnings,
            "{}/c.yaml:4:10: stat {}/setup.ini: No such file or directory: PCs get no domain's name; "
                + "name linuxmuster's setup.ini, or take the line out")
        #expect(try site.check([("  setup: {}/setup.ini\n", "")]).warnings.isEmpty)
    }

    /// 192.0.2.0/24 is nobody's (RFC 5737).
    @Test func addressesThatCantBeBound() throws {
        let site = try Site()
        let report = try site.check(
            more: "tftp:\n  listen: [\"127.0.0.1:69\", \"192.0.2.1:69\", \"127.0.0.1\", \"[::]:69\", \"0.0.0.0:69\"]")
        #expect(report.problems.isEmpty)
        #expect(
            report.warnings.map { $0.replacing("\(site.directory)/c.yaml:", with: "") } == [
                "15:28: no network card of this machine has 192.0.2.1; name one that `ip address` shows",
                "15:44: 127.0.0.1:69 and 127.0.0.1:69 overlap and can't both be bound; keep one of them",
                "15:68: 127.0.0.1:69 and 0.0.0.0:69 overlap and can't both be bound; keep one of them",
            ])
    }

    @Test func allThatIsWrongIsToldInOneRun() throws {
        let site = try Site()
        try site.write("secrets", "linbo:x\n", mode: 0o644)
        try site.write("keys", "nonsense\n", mode: 0o666)
        let disk = try site.check(
            [("{}/schools", "/none"), ("user: root", "user: nobdy"), ("{}/state", "/none/state")],
            more: """
                plugins:
                  - windows-key: {keys: pool, pool: "{}/keys"}
                  - onboot-cmd: {wait: 5}
                """)
        for part in [
            "rsync.user 'nobdy'", "/none/state", "the directory of the schools /none", "no key in the key pool",
            "keys:1:1: a line of 1 columns", "wait '5' is no span of time",
        ] {
            #expect(disk.problems.contains { $0.contains(part) }, "\(part): \(disk.problems)")
        }
        #expect(disk.warnings.count == 2, "\(disk.warnings)")
        let file = try site.check(
            [("keep-free: 0", "keep-fre: 0"), ("rsync:", "rsnc:")],
            more: """
                plugins:
                  - windows-kye
                  - onboot-cmd: {wait: 5}
                """)
        #expect(file.problems.count == 4, "\(file.problems)")
        for part in [
            "unknown key 'keep-fre'", "unknown key 'rsnc'", "unknown plugin 'windows-kye'",
            "wait '5' is no span of time",
        ] {
            #expect(file.problems.contains { $0.contains(part) }, "\(part): \(file.problems)")
        }
    }

    @Test func aPluginThatStandsTwiceIsToldOnce() throws {
        let report = try Site().check(more: "plugins: [onboot-cmd, onboot-cmd]")
        #expect(report.problems.count == 1 && report.problems.allSatisfy { $0.hasSuffix("stands twice; keep one") })
    }
}

@Suite struct StateDiskTests {
    @Test("N26: room by bytes and by inodes, in words")
    func levels() {
        #expect(StateDisk(bytes: 1 << 40, inodes: nil).sentence == nil)
        #expect(StateDisk(bytes: 1 << 40, inodes: 1_000_000).sentence == nil)
        let low = "the disk of the state directory is nearly full: room for"
        #expect(StateDisk(bytes: 100 << 20, inodes: nil).sentence == "\(low) 100 MiB")
        #expect(StateDisk(bytes: 1 << 40, inodes: 900).sentence == "\(low) 1048576 MiB and 900 files")
        let full = "the disk of the state directory is full: room for"
        let losses = "; boot commands and keys are held back, and rows of the audit log are lost"
        #expect(StateDisk(bytes: 1 << 20, inodes: 5000).sentence == "\(full) 1 MiB and 5000 files\(losses)")
        #expect(StateDisk(bytes: 1 << 40, inodes: 3).sentence == "\(full) 1048576 MiB and 3 files\(losses)")
    }

    @Test func aDirectoryThatIsNotThereYetCountsByTheOneAbove() throws {
        let there = try #require(StateDisk(at: "/tmp"))
        let later = try #require(StateDisk(at: "/tmp/not/there/\(UUID().uuidString)"))
        #expect((there.inodes == nil) == (later.inodes == nil))
    }
}
