import HookTesting
import SSH
import Testing

@Suite struct ShellWordTests {
    @Test(
        "what is quoted is one word, whatever is in it",
        arguments: ["", "plain", "a b", "it's", "''", "$(touch /x) `id` \\ \" * ;\n", "-n", "ä'ö"])
    func oneWord(text: String) async throws {
        let result = try await Command.run("/bin/sh", ["-c", "printf '%s|' \(ShellWord.quoted(text))"])
        #expect(result.output == "\(text)|")
    }
}
