import HookHost
import ImageStore
import LinboModel
import LinuxKit

/// What must be true of a set before it goes live, whatever plugins are enabled.
struct SetCheck {
    let set: DueSet
    let tree: Tree

    /// Of `.info`, `.desc` and `.hash`; torrents of large images have some MiB.
    static let textLimit: Int64 = 1 << 20
    static let torrentLimit: Int64 = 64 << 20

    /// - Throws: `Refusal`
    func run(_ files: [String: ArrivedSet.File]) throws {
        for (suffix, file) in files where !suffix.isEmpty {
            let limit = suffix == ".torrent" ? Self.torrentLimit : Self.textLimit
            guard file.status.size <= limit else {
                throw Refusal("\(set.image)\(suffix) has \(file.status.size) bytes; \(limit) is the limit")
            }
        }
        let image = try files[""] ?? liveImage()
        try checkImage(files[""], info: files[".info"], image)
        if let hash = files[".hash"] { try Self.checkHash(hash) }
    }

    /// The live image, for what lies beside it.
    func liveImage() throws(Refusal) -> ArrivedSet.File {
        guard case .file(let live) = tree.content(at: set.image.path) else {
            throw Refusal("there is no live \(set.image) for it to lie beside: upload the image first")
        }
        return .init(absolutePath: live.absolutePath, status: live.status)
    }

    /// The image if it is a new one, and its `.info` if one came.
    private func checkImage(
        _ arrived: ArrivedSet.File?, info: ArrivedSet.File?, _ image: ArrivedSet.File
    ) throws(Refusal) {
        guard arrived != nil || info != nil else { return }
        do throws(ImageRefusal) {
            _ = try ImageCheck(set.image, baseInfo: baseInfo)
                .check(image: image.absolutePath, info: info?.absolutePath)
        } catch {
            throw Refusal("\(error)")
        }
    }

    /// Of the live image that a difference is made from.
    private var baseInfo: ImageInfo? {
        guard set.image.kind == .qdiff, let base = ImageName("\(set.image.base).qcow2") else { return nil }
        let path = tree.absolute(base.path) + ".info"
        guard let (bytes, _) = try? FileBytes.read(path, limit: Int(Self.textLimit)) else { return nil }
        return try? ImageInfo(parsing: bytes, file: path)
    }

    /// 40 hex digits and a newline (docs/linbo.md#torrents).
    private static func checkHash(_ file: ArrivedSet.File) throws {
        let (bytes, _) = try FileBytes.read(file.absolutePath, limit: Int(textLimit))
        let digits = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
        let isHex = digits.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
        }
        guard digits.count == 40, isHex else { throw Refusal("its .hash is not 40 hex digits") }
    }

    /// As a client would have written it, as far as the server knows (docs/linbo.md#images).
    func madeInfo(_ files: [String: ArrivedSet.File]) -> [UInt8] {
        guard let image = files[""] else { return [] }
        let time = localTime(Int(image.status.modified)).filter(\.isNumber).prefix(12)
        return Array(
            """
            ["\(set.image)" Info File]
            timestamp="\(time)"
            image="\(set.image)"
            imagesize="\(image.status.size)"

            """.utf8)
    }
}
