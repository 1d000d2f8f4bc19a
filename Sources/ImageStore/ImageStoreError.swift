/// Why a set of images could not be changed or looked at: which file, what is wrong with it, and the fix. The live set
/// is as it was.
package struct ImageStoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What a program can act on.
    package enum Kind: Sendable, Hashable {
        /// There is no live image of this name, and no directory of it.
        case noImage
        /// There is no backup, or none of this name.
        case noBackup
        /// Another process works on this directory.
        case busy
        /// A file that must not be there, or is none that a set can hold.
        case unfit
        /// A system call failed: its name, and `errno`.
        case system(call: String, code: Int32)
        /// A test stopped here, as a power cut does.
        case stopped
    }

    /// For callers that answer some of them otherwise than by the text.
    package let kind: Kind
    /// Absolute.
    package let path: String
    /// What is wrong there.
    package let what: String
    /// What an admin can do about it.
    package let fix: String

    /// All but failed system calls, which know their own words.
    package init(_ kind: Kind, _ path: String, _ what: String, fix: String) {
        self.kind = kind
        self.path = path
        self.what = what
        self.fix = fix
    }

    /// `PATH: what; fix`
    package var description: String { "\(path): \(what); \(fix)" }
}
