import Foundation
import HookHost
import HookTesting
import Testing

@testable import WindowsKey

/// What the plugin serves is imported into a registry hive by other people's tools, and the values are read back.
@Suite struct HiveTests {
    private static let tools = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../../Tests/Tools"
    ).standardized
    private static let prefix = #"HKEY_LOCAL_MACHINE\SOFTWARE"#

    /// `reged` is what LINBO's clients run.
    enum Importer: String, CaseIterable, Sendable {
        case reged, hivexregedit
    }

    private static let template = [
        "Windows Registry Editor Version 5.00", "", #"[HKEY_LOCAL_MACHINE\SOFTWARE\LINBO]"#,
        #""Key"="@@windows_key@@""#, #""Office"="@@office_key@@""#, #""Room"="@@room@@""#,
        #""Domain"=hex(1):4f,00,4c,00,\"#, "  44,00,00,00", #""AltDomain"="OLD""#, #""After"="@@group@@""#, "",
    ]

    struct Case: Sendable {
        let importer: Importer
        let encoding: FileEncoding
        let end: String
    }

    /// hivexregedit takes 8-bit files only; reged takes the last character of a line in UTF-16 for a CR.
    private static let cases = [
        Case(importer: .reged, encoding: .utf16, end: "\r\n"), Case(importer: .reged, encoding: .latin1, end: "\r\n"),
        Case(importer: .reged, encoding: .latin1, end: "\n"),
        Case(importer: .hivexregedit, encoding: .latin1, end: "\r\n"),
        Case(importer: .hivexregedit, encoding: .latin1, end: "\n"),
    ]

    /// The keys above RunOnce, which a real hive has and hivexregedit does not make.
    private static let parents = ["", "\\Windows", "\\Windows\\CurrentVersion"].map { "[\(prefix)\\Microsoft\($0)]\n" }

    @Test(arguments: cases)
    func valuesArriveInAHive(_ test: Case) async throws {
        let lab = try Lab()
        try lab.write(test.encoding(Self.template.joined(separator: test.end)), to: "tree/images/win/win.reg")
        let served = try #require(try await lab.desk("inject: runonce").answer("images/win/win.reg").made)
        try lab.write(served, to: "served.reg")
        let hive = "\(lab.directory)/hive"
        try await run("python3", ["\(Self.tools.path())/minimal-hive", hive])
        if test.importer == .hivexregedit {
            try lab.write(
                "Windows Registry Editor Version 5.00\n\n" + Self.parents.joined(separator: "\n"), to: "parents.reg")
            try await merge("\(lab.directory)/parents.reg", into: hive, .hivexregedit)
        }
        try await merge("\(lab.directory)/served.reg", into: hive, test.importer)
        #expect(try await value("Key", in: hive) == Sample.windows)
        #expect(try await value("Office", in: hive) == Sample.office)
        #expect(try await value("Room", in: hive) == #"r1 "a\b""#)
        #expect(try await value("Domain", in: hive) == "LINUXMUSTER")
        #expect(try await value("AltDomain", in: hive) == "OLD")
        #expect(try await value("After", in: hive) == "win")
        let order = try await value("LinboProductKey", in: hive, key: #"\Microsoft\Windows\CurrentVersion\RunOnce"#)
        #expect(order == #"C:\Windows\System32\cscript.exe //b C:\Windows\System32\slmgr.vbs /ipk \#(Sample.windows)"#)
    }

    private func merge(_ file: String, into hive: String, _ importer: Importer) async throws {
        switch importer {
        case .reged: try await run("reged", ["-C", "-I", hive, Self.prefix, file], success: 2)
        case .hivexregedit: try await run("hivexregedit", ["--merge", "--prefix", Self.prefix, hive, file])
        }
    }

    private func value(_ name: String, in hive: String, key: String = #"\LINBO"#) async throws -> String {
        try await run("hivexget", [hive, key, name])
    }

    /// - Parameter success: the status that means success; reged's 2 says that the hive was changed.
    @discardableResult
    private func run(_ tool: String, _ arguments: [String], success: Int32 = 0) async throws -> String {
        let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"]
        let result = try await Command.run("/usr/bin/env", [tool] + arguments, environment: environment)
        #expect(result.status == success, "\(tool): \(result)")
        return result.output.hasSuffix("\n") ? String(result.output.dropLast()) : result.output
    }
}
