import Foundation
import HookHost
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
        try lab.write("tree/images/win/win.reg", test.encoding(Self.template.joined(separator: test.end)))
        let served = try #require(try await lab.desk("inject: runonce").ask("images/win/win.reg").made)
        try lab.write("served.reg", served)
        let hive = "\(lab.directory)/hive"
        try run("python3", ["\(Self.tools.path())/minimal-hive", hive])
        if test.importer == .hivexregedit {
            try lab.write(
                "parents.reg", bytes("Windows Registry Editor Version 5.00\n\n" + Self.parents.joined(separator: "\n")))
            try merge("\(lab.directory)/parents.reg", into: hive, .hivexregedit)
        }
        try merge("\(lab.directory)/served.reg", into: hive, test.importer)
        #expect(try value("Key", in: hive) == Sample.windows)
        #expect(try value("Office", in: hive) == Sample.office)
        #expect(try value("Room", in: hive) == #"r1 "a\b""#)
        #expect(try value("Domain", in: hive) == "LINUXMUSTER")
        #expect(try value("AltDomain", in: hive) == "OLD")
        #expect(try value("After", in: hive) == "win")
        let order = try value("LinboProductKey", in: hive, key: #"\Microsoft\Windows\CurrentVersion\RunOnce"#)
        #expect(order == #"C:\Windows\System32\cscript.exe //b C:\Windows\System32\slmgr.vbs /ipk \#(Sample.windows)"#)
    }

    private func merge(_ file: String, into hive: String, _ importer: Importer) throws {
        switch importer {
        case .reged: try run("reged", ["-C", "-I", hive, Self.prefix, file], success: 2)
        case .hivexregedit: try run("hivexregedit", ["--merge", "--prefix", Self.prefix, hive, file])
        }
    }

    private func value(_ name: String, in hive: String, key: String = #"\LINBO"#) throws -> String {
        try run("hivexget", [hive, key, name])
    }

    /// - Parameter success: the status that means success; reged's 2 says that the hive was changed.
    @discardableResult
    private func run(_ tool: String, _ arguments: [String], success: Int32 = 0) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        #expect(process.terminationStatus == success, "\(tool): \(text)")
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
