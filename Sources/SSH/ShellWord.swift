/// Text as one word of the PC's shell.
package enum ShellWord {
    /// Nothing in it means anything to the shell.
    package static func quoted(_ text: String) -> String {
        "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'"
    }
}
