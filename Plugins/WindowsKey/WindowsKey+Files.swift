import HookHost
import LinboModel
import LinuxKit

/// A file made for one host: its bytes if they differ from the template's, and what to say about it.
struct Rewrite: Equatable {
    /// nil: the template is right as it is.
    var bytes: [UInt8]?
    var remarks: [String] = []
    /// Why a key that belongs into it was kept back.
    var refusal: String?
}

extension WindowsKey {
    enum FileKind {
        case registry, answers

        /// Templates beyond it are served plain: they are read whole.
        var limit: Int {
            switch self {
            case .registry: 16 << 20
            case .answers: 4 << 20
            }
        }
    }

    /// What the rest of the chain gave, made the host's own. Unchanged content goes on as it came, so that a file of
    /// the tree is handed over without a copy.
    func transformed(_ request: Request, _ content: Content) throws -> Resolution {
        let kind: FileKind = request.path.name.hasSuffix(".reg") ? .registry : .answers
        guard let size = content.size else { return Resolution(content) }
        guard let host = request.client.host else {
            return Resolution(content, remarks: ["served plain: an unknown client"])
        }
        guard size <= kind.limit else {
            return Resolution(content, remarks: ["served plain: larger than \(kind.limit >> 20) MiB"])
        }
        let template = try content.bytes(limit: kind.limit)
        let rewrite = rewrite(template, kind, for: host, ring(for: host, request))
        return Resolution(
            content.replaced(by: rewrite.bytes), remarks: rewrite.remarks, refusal: rewrite.refusal)
    }

    private func rewrite(_ template: [UInt8], _ kind: FileKind, for host: Host, _ ring: KeyRing) -> Rewrite {
        let setup = setup.current
        let sambaDomain = options.sambaDomain ?? setup?.sambadomain
        switch kind {
        case .registry:
            let transform = RegistryTransform(
                room: host.room, group: host.group.text, sambaDomain: sambaDomain,
                injectsRunOnce: options.injectsRunOnce)
            return transform.apply(to: template, ring)
        case .answers:
            let join = options.joinDomain ?? setup?.domainname ?? sambaDomain
            return AnswerFile(computerName: host.name, joinDomain: join).apply(to: template, ring)
        }
    }
}

extension Content {
    /// nil: it has no bytes of its own.
    fileprivate var size: Int? {
        switch self {
        case .file(let file): Int(file.status.size)
        case .made(let made): made.bytes.count
        case .directory, .link, .nothing: nil
        }
    }

    fileprivate func bytes(limit: Int) throws -> [UInt8] {
        switch self {
        case .file(let file): try file.read(limit: limit)
        case .made(let made): made.bytes
        case .directory, .link, .nothing: []
        }
    }

    /// Bytes made by a plugin further down keep their token: it waits for the outcome.
    fileprivate func replaced(by bytes: [UInt8]?) -> Content {
        guard let bytes else { return self }
        guard case .made(let made) = self else { return .made(MadeContent(bytes)) }
        return .made(MadeContent(bytes, token: made.token, isOneShot: made.isOneShot))
    }
}
