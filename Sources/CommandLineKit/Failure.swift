/// Why a command can't be done, in words for its user.
package struct Failure: Error {
    /// What is wrong and what to do, without `linboctl:` before it.
    package let text: String

    /// - Parameter text: whole; it is printed as it is.
    package init(_ text: String) {
        self.text = text
    }
}
