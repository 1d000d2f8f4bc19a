/// The name of an entry of a directory, by its bytes: what admins put beside images need not be UTF-8, and stays.
struct EntryName: Hashable, CustomStringConvertible {
    /// With the NUL at the end.
    let characters: [CChar]

    init(_ text: String) {
        characters = Array(text.utf8CString)
    }

    init(_ pointer: UnsafePointer<CChar>) {
        var characters: [CChar] = []
        var next = pointer
        while next.pointee != 0 {
            characters.append(next.pointee)
            next += 1
        }
        self.characters = characters + [0]
    }

    /// nil: not UTF-8, so no name of ours.
    var text: String? { String(validating: bytes, as: UTF8.self) }

    /// For messages.
    var description: String { String(decoding: bytes, as: UTF8.self) }

    private var bytes: [UInt8] { characters.dropLast().map { UInt8(bitPattern: $0) } }
}
