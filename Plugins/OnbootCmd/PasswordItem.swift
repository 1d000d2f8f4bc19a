import HookHost

/// `linbo:<password>`, the first item of a command with uploads (contract §4): the line of user `linbo` in rsyncd's
/// secrets. Read at delivery, stored nowhere.
struct PasswordItem {
    let text: String

    /// What keeps a command from being sent. Holds no password.
    enum Failure: Error, CustomStringConvertible {
        case unreadable(String)
        case missing(String)
        case comma(String)

        var description: String {
            switch self {
            case .unreadable(let cause): "the password for uploads can't be read: \(cause)"
            case .missing(let file): "\(file) has no line of user linbo"
            case .comma(let file): "the password of linbo in \(file) has a comma, which ends an item of a command"
            }
        }
    }

    private static let sizeLimit = 64 << 10

    init(secrets file: String) throws(Failure) {
        let bytes: [UInt8]
        do { bytes = try FileBytes.read(followingLinks: file, limit: Self.sizeLimit) } catch {
            throw .unreadable("\(error)")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let line = lines.first(where: { Self.isItem($0) }) else { throw .missing(file) }
        guard !line.contains(",") else { throw .comma(file) }
        text = String(line)
    }

    static func isItem(_ item: some StringProtocol) -> Bool {
        item.trimmingPrefix(while: \.isWhitespace).hasPrefix("linbo:")
    }

    /// Uploads need it.
    static func isNeeded(by command: String) -> Bool {
        command.split(separator: ",").contains { $0.hasPrefix("upload_image") || $0.hasPrefix("upload_qdiff") }
    }
}
