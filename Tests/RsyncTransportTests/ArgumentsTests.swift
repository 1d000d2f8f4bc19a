import FuzzKit
import HookHost
import RsyncTransport
import Testing

/// Option clusters as measured of rsync 3.5.0 (docs/linbo.md#options-of-downloads).
@Suite struct ArgumentsTests {
    private func parse(_ words: String...) -> RsyncArguments {
        RsyncArguments(words.map { Array($0.utf8) })
    }

    @Test(
        "N4: --files-from is seen wherever it stands",
        arguments: [
            ["--server", "--sender", "-r", "--files-from=-", ".", "images/"],
            ["--server", "--sender", "-r", ".", "images/", "--files-from=-"],
            ["--server", "--sender", "--files-from", ".", ".", "images/"],
        ])
    func filesFrom(_ words: [String]) {
        let arguments = RsyncArguments((["rsyncd"] + words).map { Array($0.utf8) })
        #expect(arguments.namesFilesLater)
        #expect(
            !RsyncArguments(["rsyncd", "--server", "--sender", ".", "images/"].map { Array($0.utf8) }).namesFilesLater)
    }

    @Test func readsAPlainDownload() {
        let arguments = parse("rsyncd", "--server", "--sender", "-lLHogDtprze.iLsfxCIvu", ".", "images/win11/win11.reg")
        #expect(arguments.isSender && arguments.intent == .fetch)
        #expect(arguments.isRecursive && arguments.followsLinks && !arguments.listsDirectories)
        #expect(arguments.paths == [Array("images/win11/win11.reg".utf8)])
    }

    @Test(arguments: ["-nlLHogDtprze.iLsfxCIvu", "-ne.LsfxCIvu"])
    func dryRunsAreProbes(_ cluster: String) {
        #expect(parse("rsyncd", "--server", "--sender", cluster, ".", "a").intent == .probe)
    }

    @Test func whatFollowsEAreCapabilities() {
        let arguments = parse("rsyncd", "--server", "--sender", "-e.LsfxCIvnrd", ".", "a")
        #expect(arguments.intent == .fetch)
        #expect(!arguments.isRecursive && !arguments.listsDirectories && !arguments.followsLinks)
    }

    @Test func listsAreProbesWhereRsyncSaysSo() {
        #expect(parse("rsyncd", "--server", "--sender", "-re.iLsfxCIvu", "--list-only", ".", "sub").intent == .probe)
        #expect(parse("rsyncd", "--server", "--sender", "-de.LsfxCIvu", ".", ".").listsDirectories)
    }

    @Test func uploadsAreNoDownloads() {
        let arguments = parse("rsyncd", "--server", "-lHogDtpre.iLsfxCIvu", "--partial", ".", "images/")
        #expect(!arguments.isSender && arguments.intent == .store)
    }

    @Test func severalPathsStayApart() {
        let arguments = parse("rsyncd", "--server", "--sender", "-e.Ls", ".", "a b", ".", "c")
        #expect(arguments.paths.map { String(decoding: $0, as: UTF8.self) } == ["a b", ".", "c"])
    }

    @Test(arguments: [
        ("linbo/../../etc/x", true), ("linbo/a linbo/../b", true), ("linbo/a..b", false), ("linbo/...", false),
        ("linbo//tmp/linbo.log", false), ("linbo/..", true),
    ])
    func seesParentReferences(_ request: String, _ expected: Bool) {
        #expect(RsyncArguments.leavesModule(Array(request.utf8)) == expected)
    }

    @Test func anyWordsAreRead() {
        var fuzz = Fuzz(
            "arguments", texts: ["-lLHogDtprze.iLsfxCIvu", "--sender", ".", "images/win11"], spice: "-nre.")
        for _ in 0..<20_000 {
            let words = (0..<6).map { _ in fuzz.next() }
            let arguments = RsyncArguments(words)
            #expect(arguments.paths.count <= words.count)
        }
    }
}
