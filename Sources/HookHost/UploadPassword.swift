import LinuxKit

/// `linbo:<password>`, the first item of a command with uploads (docs/linbo.md#boot-commands): the line of user `linbo`
/// in rsyncd's secrets. Read at delivery, stored nowhere.
package struct UploadPassword: Sendable {
    /// User and password, as they stand in the file.
    package let text: String

    /// What keeps a command from being sent. Holds no password.
    package enum Failure: Error, CustomStringConvertible {
        /// Why.
        case unreadable(String)
        /// The file.
        case missing(String)
        /// The file.
        case empty(String)
        /// Something that LINBO's client can't carry: it splits the command there.
        case unfit(String, sign: String)

        package var description: String {
            switch self {
            case .unreadable(let cause): "the password for uploads can't be read: \(cause)"
            case .missing(let file): "\(file) has no line of user linbo"
            case .empty(let file): "the password of linbo in \(file) is empty"
            case .unfit(let file, let sign):
                "the password of linbo in \(file) has \(sign), where LINBO's client cuts it off: choose another one"
            }
        }
    }

    private static let sizeLimit = 64 << 10

    /// - Parameter file: rsyncd's secrets.
    package init(secrets file: String) throws(Failure) {
        let bytes: [UInt8]
        do { bytes = try FileBytes.read(followingLinks: file, limit: Self.sizeLimit) } catch {
            throw .unreadable("\(error)")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let line = lines.first(where: { Self.isItem($0) }) else { throw .missing(file) }
        // By code points, as LINBO's client goes by bytes: a sign is one whatever accent stands behind it.
        let password = line.trimmingPrefix(while: \.isWhitespace).unicodeScalars.dropFirst("linbo:".count)
        guard !password.isEmpty else { throw .empty(file) }
        let signs: [(Unicode.Scalar, String)] = [(",", "a comma"), (":", "a ':'"), (" ", "a blank"), ("\t", "a tab")]
        for (sign, name) in signs where password.contains(sign) { throw .unfit(file, sign: name) }
        text = String(line)
    }

    /// Whether an item of a command's file is one.
    package static func isItem(_ item: some StringProtocol) -> Bool {
        item.trimmingPrefix(while: \.isWhitespace).utf8.starts(with: "linbo:".utf8)
    }

    /// Uploads need it.
    package static func isNeeded(by command: String) -> Bool {
        command.split(separator: ",").contains { $0.hasPrefix("upload_image") || $0.hasPrefix("upload_qdiff") }
    }
}
