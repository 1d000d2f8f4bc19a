import HookTesting
import LinboModel
import Testing

@testable import GrubImg

@Suite struct TemplateTests {
    private func fill(_ text: String, _ values: [String: Template.Value]) throws -> String {
        try Template(parsing: text, file: "t.cfg", known: ["a", "b", "list"]).filled(values)
    }

    @Test func valuesAndBlocks() throws {
        #expect(try fill("x @@a@@/y\n", ["a": .words(["1", "2 3"])]) == "x 1 '2 3'/y\n")
        #expect(try fill("@@if a@@\nyes\n@@end@@\n@@unless a@@\nno\n@@end@@\n", ["a": .flag(true)]) == "yes\n")
        #expect(try fill("@@if a@@\nyes\n@@end@@\n@@unless a@@\nno\n@@end@@\n", [:]) == "no\n")
        let items: Template.Value = .list([["b": .text("1")], ["b": .text("2")]])
        #expect(try fill("@@each list@@\n@@a@@@@b@@\n@@end@@\n", ["list": items, "a": .text("x")]) == "x1\nx2\n")
        #expect(try fill("no end of line", [:]) == "no end of line\n")
        // A value is not looked at again.
        #expect(try fill("@@a@@\n", ["a": .text("@@b@@"), "b": .text("x")]) == "@@b@@\n")
    }

    @Test(arguments: [
        ("x\n@@if a@@\n", 2, "no end"), ("@@end@@\n", 1, "ends nothing"), ("\n\n@@c@@\n", 3, "unknown name 'c'"),
        ("a @@a\n", 1, "without its partner"), ("@@each c@@\n@@end@@\n", 1, "unknown name 'c'"),
    ]) func mistakes(_ text: String, _ line: Int, _ what: String) {
        do {
            _ = try fill(text, [:])
            Issue.record("taken")
        } catch let problem as Problem {
            #expect(problem.location.line == line)
            #expect(problem.what.contains(what))
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func anAdminsTemplateCountsUnlessItIsWrong() async throws {
        let lab = try Lab()
        try lab.write("echo @@group@@\n", to: "templates/menu.cfg")
        let desk = try lab.desk("template: \(lab.directory)/templates")
        #expect(try await desk.text("boot/grub/win11.cfg", as: 1) == "echo win11\n")
        #expect(desk.plugin.problems().isEmpty)
        // It is read anew, and a wrong one does not keep PCs from booting.
        try lab.write("\necho @@gruop@@\n", to: "templates/menu.cfg")
        #expect(try await desk.text("boot/grub/win11.cfg", as: 1)?.contains("menuentry") == true)
        let problem = try #require(desk.plugin.problems().first)
        #expect(
            problem.description == "\(lab.directory)/templates/menu.cfg:2: unknown name 'gruop'; did you mean 'group'?")
        #expect(try lab.desk("template: \(lab.directory)/none").plugin.problems().count == 1)
    }
}
