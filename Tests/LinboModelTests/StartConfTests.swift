import Testing

@testable import LinboModel

@Suite("start.conf")
struct StartConfTests {
    private func parse(_ text: String) -> StartConf { StartConf(parsing: Samples.bytes(text), file: "start.conf.x") }

    @Test func values() throws {
        let conf = parse(Samples.startConf)
        #expect(conf.problems.isEmpty && !conf.isMinimal)
        #expect(
            conf.linbo.cache == "/dev/sda4" && conf.linbo.group?.text == "win10" && conf.linbo.downloadType == .torrent)
        #expect(conf.linbo.kernelOptions == "quiet dhcpretry=9 root=LABEL=x" && conf.linbo.systemType == .efi64)
        #expect(conf.linbo.server == IPAddress("10.0.0.1") && conf.linbo.autoPartition && !conf.linbo.autoFormat)
        #expect(conf.partitions.map { $0.dev } == ["/dev/sda1", "/dev/sda4"])
        #expect(
            conf.partitions.map { $0.size } == [204_800, nil] && conf.partitions.map { $0.isBootable } == [true, false])
        #expect(
            conf.systems.map { $0.name } == ["Windows 10", "Ubuntu"]
                && conf.systems.map { $0.initrd } == [nil, "initrd.img"])
        let ubuntu = try some(conf.systems.last)
        #expect(ubuntu.append == "ro splash" && ubuntu.newEnabled && !ubuntu.startEnabled && ubuntu.location.line == 32)
        #expect(ubuntu.baseImage == "ubuntu.qcow2")
    }

    @Test(
        "As the client reads it",
        arguments: [
            ("[linbo]\nCACHE=x", "x"), ("[LINBO]\nCache = x # why", "x"), ("[LINBO]\nCache = x #why", "x #why"),
            ("[LINBO]\nCache = a \t b ", "a b"), ("[LINBO]\nCache = a\nCache = b", "b"),
            ("[LINBO]\r\nCache = x\r\n", "x"),
            ("[ LINBO ]\nCache=a=b", "a=b"), ("[LINBO]\nCache=a\n[OS]\nName=x\n[Linbo]\nCache=b", "b"),
            ("[LINBO]\n Cache=x", nil),
            ("[LINBO]\n#Cache=x", nil), ("[LINBO]\n1Cache=x", nil), ("[LINBO]\nCache=", nil),
            ("\u{FEFF}[LINBO]\nCache=x", "x"),
            ("[LINBO]\nCache=x#", "x#"), ("[LINBO]\n# a\nCache=x", "x"),
        ] as [(String, String?)])
    func grammar(_ text: String, _ cache: String?) {
        #expect(parse(text).linbo.cache == cache)
    }

    @Test(
        "What is wrong is told with its line",
        arguments: [
            ("[LINBO\n", 1, .error, "without ']'"), ("[Partiton]\n", 1, .error, "unknown section"),
            ("Cache=x\n", 1, .error, "before the first"),
            ("[LINBO]\nCache\n", 2, .error, "no '='"), ("[LINBO]\nCache dir = x\n", 2, .error, "no key"),
            ("[LINBO]\nCache=a\u{1B}b\n", 2, .error, "control"),
            ("[LINBO]\nCache=a\ncache=b\n", 3, .warning, "line 2"), ("[LINBO]\n\n[LINBO]\n", 3, .warning, "line 1"),
            ("[LINBO]\nDownloadType=ftp\n", 2, .error, "downloadtype"),
            ("[LINBO]\nSystemType=x\n", 2, .error, "systemtype"),
            ("[LINBO]\nServer=x\n", 2, .error, "server"), ("[LINBO]\nGroup=a/b\n", 2, .error, "group"),
            ("[LINBO]\nCach=x\n", 2, .warning, "unknown key"),
            ("[Partition]\nDev=/dev/sda1\nSize=10X\n", 3, .error, "size"),
            ("[Partition]\nDev=sda1\n", 2, .error, "dev"),
            ("[Partition]\nLabel=x\n", 1, .warning, "without dev"),
            ("\n[OS]\nName=x\nRoot=y\nKernel=z\nInitrd=\nAppend=\n", 2, .warning, "without baseimage"),
            ("[LINBO]\nCache=`x`\n", 2, .warning, "shell"), ("[LINBO]\n Cache=x\n", 2, .warning, "blank"),
        ] as [(String, Int, Problem.Severity, String)])
    func problems(_ text: String, _ line: Int, _ severity: Problem.Severity, _ what: String) throws {
        let conf = parse(text)
        let problem = try some(conf.problems.first)
        #expect(conf.problems.count == 1 && problem.location.line == line && problem.severity == severity)
        #expect(problem.what.contains(what), "\(problem)")
    }

    @Test(
        arguments: [
            ("10", 10), ("10k", 10), ("10M", 10_240), ("10g", 10_485_760), ("1T", 1 << 30), ("", nil), ("x", nil),
            ("-1", nil), ("1.5G", nil),
            ("99999999999999999999", nil), ("18446744073709551615T", nil), ("M", nil), ("+5", nil),
        ] as [(String, UInt64?)])
    func sizes(_ text: String, _ size: UInt64?) {
        #expect(kibibytes(text) == size)
    }

    @Test func withoutSystems() {
        #expect(parse("[LINBO]\nCache=x\n").isMinimal)
        #expect(parse("").problems.isEmpty)
    }
}
