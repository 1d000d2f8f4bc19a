import Testing

@testable import LinboModel

@Suite("Reload")
struct DevicesSourceTests {
    private static let file = "default-school/devices.csv"
    private let directory: TemporaryDirectory
    private let source: DevicesSource

    init() throws {
        directory = try TemporaryDirectory()
        source = DevicesSource(directory: directory.path)
        try directory.write(Self.row("pc1", 1) + Self.row("pc2", 2), to: Self.file)
    }

    private static func row(_ name: String, _ number: Int) -> String {
        "r;\(name);g;00:11:22:33:44:0\(number);10.0.0.\(number)\n"
    }

    private func names(_ loaded: LoadedDevices) -> [String] { loaded.devices.hosts.map { $0.name.description } }

    @Test func schools() throws {
        try directory.write(Self.row("pc1", 3), to: "beta/beta.devices.csv")
        try directory.write(Self.row("pc1", 4), to: "alpha/alpha.devices.csv")
        try directory.write(Self.row("pc9", 9), to: "alpha/devices.csv")
        directory.makeDirectory("empty")
        directory.makeDirectory(".hidden")
        try directory.write("x", to: "file")
        #expect(source.files().map { $0.school.text } == ["default-school", "alpha", "beta"])
        let loaded = source.load(keeping: nil)
        #expect(names(loaded) == ["pc1", "pc2", "alpha-pc1", "beta-pc1"] && loaded.problems.isEmpty)
        #expect(loaded.files.count == 3)
    }

    @Test func changedFile() throws {
        let first = source.load(keeping: nil)
        #expect(first.stamp == source.stamp())
        try directory.write(Self.row("pc3", 3), to: Self.file)
        #expect(first.stamp != source.stamp())
        let second = source.load(keeping: first)
        #expect(names(second) == ["pc3"] && second.problems.isEmpty && second.stamp == source.stamp())
    }

    @Test func newAndRemovedSchool() throws {
        let first = source.load(keeping: nil)
        try directory.write(Self.row("pc1", 3), to: "beta/beta.devices.csv")
        let second = source.load(keeping: first)
        #expect(names(second) == ["pc1", "pc2", "beta-pc1"])
        directory.remove("beta")
        #expect(second.stamp != source.stamp())
        let third = source.load(keeping: second)
        #expect(names(third) == ["pc1", "pc2"] && third.problems.isEmpty)
    }

    @Test(
        "A broken version keeps the old rows",
        arguments: [
            ("NUL bytes", "r;pc3;g;00:11:22:33:44:03;10.0.0.3\n\0\0\0\n", "line 2 holds NUL bytes"),
            ("empty", "", "no valid row"), ("comments only", "# nothing\n", "no valid row"),
            ("no valid row", "r;x_;g;x;y\n", "no valid row"),
            ("cut", "r;pc3;g;00:11:22:33:44:03;10.0.0.3\nr;pc4;g;00:1", "ends in the middle of line 2"),
        ])
    func broken(_ name: String, _ text: String, _ reason: String) throws {
        let first = source.load(keeping: nil)
        try directory.write(text, to: Self.file)
        let second = source.load(keeping: first)
        #expect(names(second) == ["pc1", "pc2"])
        let problem = try some(second.problems.first)
        #expect(problem.what.hasPrefix("keeps the version of 20") && problem.what.contains(reason), "\(problem)")
        #expect(second.stamp == source.stamp(), "not tried again until it changes")
        #expect(source.load(keeping: second).problems == second.problems)
        try directory.write(Self.row("pc5", 5), to: Self.file)
        let third = source.load(keeping: second)
        #expect(names(third) == ["pc5"] && third.problems.isEmpty)
    }

    @Test func vanishedFile() throws {
        let first = source.load(keeping: nil)
        directory.remove(Self.file)
        let second = source.load(keeping: first)
        #expect(names(second) == ["pc1", "pc2"] && second.problems.first?.what.contains("the file is gone") == true)
        #expect(names(source.load(keeping: second)) == ["pc1", "pc2"])
        directory.remove("default-school")
        let third = source.load(keeping: second)
        #expect(third.devices.hosts.isEmpty && third.problems.map { $0.severity } == [.warning])
    }

    @Test("What can't be read keeps the old rows, and is tried again at each look")
    func unreadable() throws {
        let first = source.load(keeping: nil)
        directory.remove(Self.file)
        directory.makePipe(Self.file)
        let second = source.load(keeping: first)
        #expect(names(second) == ["pc1", "pc2"] && second.problems.first?.what.contains("can't be read") == true)
        #expect(second.stamp != source.stamp())
        #expect(source.load(keeping: second).problems == second.problems)
        let fresh = source.load(keeping: nil)
        #expect(fresh.devices.hosts.isEmpty && fresh.problems.count == 1)
        directory.remove(Self.file)
        try directory.write(Self.row("pc3", 3), to: Self.file)
        #expect(names(source.load(keeping: fresh)) == ["pc3"])
    }

    @Test func directoryGone() throws {
        let first = source.load(keeping: nil)
        directory.remove("")
        let second = source.load(keeping: first)
        #expect(names(second) == ["pc1", "pc2"] && second.problems.first?.what.contains("keeps the hosts") == true)
        #expect(second.stamp == source.stamp())
        let nothing = source.load(keeping: nil)
        #expect(nothing.devices.hosts.isEmpty && nothing.problems.count == 1)
        directory.makeDirectory("")
        try directory.write(Self.row("pc7", 7), to: Self.file)
        #expect(names(source.load(keeping: second)) == ["pc7"])
    }

    @Test("Wrong rows and doubles do not make a file broken")
    func wrongRows() throws {
        let first = source.load(keeping: nil)
        try directory.write(
            Self.row("pc3", 3) + Self.row("pc4", 3) + "r;x_;g;00:11:22:33:44:08;10.0.0.8\n", to: Self.file)
        let second = source.load(keeping: first)
        #expect(names(second) == ["pc3", "pc4"] && second.problems.count == 3)
    }

    @Test("The first version is taken as far as it goes, even if it is broken")
    func firstBroken() throws {
        try directory.write(Self.row("pc3", 3) + "r;pc4;g", to: Self.file)
        let loaded = source.load(keeping: nil)
        #expect(names(loaded) == ["pc3"] && loaded.problems.first?.what.contains("the file is broken") == true)
    }
}
