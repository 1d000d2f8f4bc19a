import Foundation
import Testing

/// What comments, tests and pages cite is there: the page, and a heading of that name in it.
@Suite struct CitationTests {
    private struct Citation: Hashable, CustomStringConvertible {
        let page: URL
        /// nil: the page as a whole.
        let anchor: String?
        let description: String
    }

    private static let project = URL(filePath: #filePath).appending(path: "../../..").standardized

    /// By path below the project. `.build` and `.git` are hidden.
    private static let texts: [(file: String, text: String)] = {
        let files = FileManager.default.enumerator(
            at: project, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
        return (files?.allObjects as? [URL] ?? [])
            .filter { ["swift", "md", "py"].contains($0.pathExtension) }
            .compactMap { file in
                guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
                return (String(file.standardized.path.dropFirst(project.path.count + 1)), text)
            }
    }()

    private static func matches(_ pattern: String, in text: String) throws -> [[String?]] {
        try NSRegularExpression(pattern: pattern).matches(in: text, range: NSRange(text.startIndex..., in: text)).map {
            match in (0..<match.numberOfRanges).map { Range(match.range(at: $0), in: text).map { String(text[$0]) } }
        }
    }

    /// A page below `docs/` anywhere, links in pages; each with a heading's anchor or without.
    private static func citations(in text: String, of file: String) throws -> Set<Citation> {
        var found: Set<Citation> = []
        for match in try matches(#"(?<![\w./-])(docs/[\w-]+\.md)(?:#([\w-]+))?"#, in: text) {
            let page = project.appending(path: match[1] ?? "")
            found.insert(Citation(page: page, anchor: match[2], description: "\(file): \(match[0] ?? "")"))
        }
        guard file.hasSuffix(".md") else { return found }
        let here = project.appending(path: file)
        for match in try matches(#"\]\(([\w./-]+\.md)?(?:#([\w-]+))?\)"#, in: text) {
            let page = match[1].map { here.deletingLastPathComponent().appending(path: $0).standardized } ?? here
            found.insert(Citation(page: page, anchor: match[2], description: "\(file): \(match[0] ?? "")"))
        }
        return found
    }

    /// As GitHub names headings: in lower case, without punctuation, `-` for a blank.
    private static func anchors(of page: URL) throws -> Set<String> {
        let prose = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```").enumerated()
            .filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined()
        return Set(
            prose.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
                let title = line.drop { $0 == "#" }.dropFirst().lowercased()
                return title.replacing(" ", with: "-").filter { $0.isLetter || $0.isNumber || "-_".contains($0) }
            })
    }

    @Test func everyCitedHeadingIsThere() throws {
        var anchors: [URL: Set<String>] = [:]
        var count = 0
        for (file, text) in Self.texts {
            for citation in try Self.citations(in: text, of: file) {
                count += 1
                if anchors[citation.page] == nil { anchors[citation.page] = try? Self.anchors(of: citation.page) }
                guard let headings = anchors[citation.page] else {
                    Issue.record("\(citation): no such page")
                    continue
                }
                guard let anchor = citation.anchor else { continue }
                #expect(headings.contains(anchor), "\(citation): no such heading")
            }
        }
        #expect(count > 100)
    }

    /// The numbers of a document that nobody has who has only this repository.
    @Test func nothingIsCitedByNumbersOfPapersElsewhere() {
        for (file, text) in Self.texts {
            #expect(!text.localizedCaseInsensitiveContains("contract" + " §"), "\(file)")
        }
    }

    @Test func everyDefectThatATestNamesIsInTheList() throws {
        let page = try #require(Self.texts.first { $0.file == "docs/linbo.md" }).text
        let listed = Set(try Self.matches(#"(?m)^\| (\d+) \|"#, in: page).compactMap { $0[1] })
        for (file, text) in Self.texts where file.hasSuffix(".swift") {
            for match in try Self.matches(#"[Dd]efects? ?(\d+(?:(?:, | and )\d+)*)"#, in: text) {
                let numbers = (match[1] ?? "").split { !$0.isNumber }.map(String.init)
                #expect(listed.isSuperset(of: numbers), "\(file): \(match[0] ?? "")")
            }
        }
    }
}
