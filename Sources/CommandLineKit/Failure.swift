/// Why a command can't be done, in words for its user.
package struct Failure: Error {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }
}
