import HookHost
import LinboModel
import LinuxKit

/// The templates that count now: the admin's, as far as they are there and right, else the shipped ones.
struct TemplateSet: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case main = "grub.cfg"
        case image = "image.cfg"
        case menu = "menu.cfg"
        case local = "local.cfg"
        case ipxe = "boot.ipxe"

        var shipped: String {
            switch self {
            case .main: DefaultTemplates.main
            case .image: DefaultTemplates.image
            case .menu: DefaultTemplates.menu
            case .local: DefaultTemplates.local
            case .ipxe: DefaultTemplates.ipxe
            }
        }
    }

    let directory: String?

    private static let sizeLimit = 1 << 20

    /// - Returns: the text, and what is wrong with the admin's file.
    func filled(_ kind: Kind, _ values: [String: Template.Value]) -> (text: String, problem: Problem?) {
        var problem: Problem?
        do throws(Problem) {
            if let template = try own(kind) { return (template.filled(values), nil) }
        } catch {
            problem = error
        }
        let shipped = try? Template(parsing: kind.shipped, file: kind.rawValue, known: BootMenu.names)
        return (shipped?.filled(values) ?? "", problem)
    }

    var problems: [Problem] {
        guard let directory else { return [] }
        let found = Kind.allCases.compactMap { kind -> Problem? in
            do throws(Problem) {
                _ = try own(kind)
                return nil
            } catch {
                return error
            }
        }
        guard found.isEmpty, FileStatus(at: directory) == nil else { return found }
        return [
            Problem(
                location: SourceLocation(file: directory, line: 1), what: "the directory of templates is not there",
                fix: "make it, or take `template` out of plugin grub-img")
        ]
    }

    /// nil: the admin has none of this kind.
    private func own(_ kind: Kind) throws(Problem) -> Template? {
        guard let directory else { return nil }
        let path = "\(directory)/\(kind.rawValue)"
        guard FileStatus(at: path) != nil else { return nil }
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(followingLinks: path, limit: Self.sizeLimit)
        } catch {
            throw Problem(
                location: SourceLocation(file: path, line: 1), what: "\(error)",
                fix: "let the daemon read it; until then the shipped template counts")
        }
        return try Template(parsing: String(decoding: bytes, as: UTF8.self), file: path, known: BootMenu.names)
    }
}
