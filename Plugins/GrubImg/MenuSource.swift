import HookHost
import LinboModel

/// Finds or makes the menu of a group or host: the tree's if there is one, else ours from the group's start.conf.
struct MenuSource {
    let settings: GrubSettings
    let request: Request
    let next: Next

    struct Menu {
        let content: Content
        var remarks: [String] = []
    }

    private static let sizeLimit = 1 << 20

    private var templates: TemplateSet { TemplateSet(directory: settings.templates) }

    /// A template without values of a group: the first configuration, iPXE's script.
    func plain(_ kind: TemplateSet.Kind) -> Menu {
        let empty = BootMenu.names.reduce(into: [:]) { $0[$1] = Template.Value.words([]) }
        return Self.menu(templates.filled(kind, empty))
    }

    func image(of host: HostName) -> (text: String, problem: Problem?) {
        templates.filled(.image, ["host": .text(host.lowercased)])
    }

    /// - Parameter host: for the host's own; nil for all of the group.
    func group(_ group: GroupName, for host: HostName?) async throws -> Menu {
        let path = try TreePath("boot/grub/\(group).cfg")
        let own = try await next(request.asking(for: path))
        if case .nothing(.missing) = own { return try await made(.menu, group, for: host) }
        return Menu(content: own)
    }

    /// The host's own in the tree, else its group's in the tree, else ours.
    func host(_ host: Host) async throws -> Menu {
        let path = try TreePath("boot/grub/hostcfg/\(host.name.lowercased).cfg")
        let spelled = try TreePath("boot/grub/hostcfg/\(host.name).cfg")
        for path in path == spelled ? [path] : [spelled, path] {
            let own = try await next(request.asking(for: path))
            guard case .nothing(.missing) = own else { return Menu(content: own) }
        }
        return try await group(host.group, for: host.name)
    }

    /// From the group's start.conf; nothing without one.
    func made(_ kind: TemplateSet.Kind, _ group: GroupName, for host: HostName?) async throws -> Menu {
        guard let conf = try await startConf(of: group) else {
            return Menu(content: .nothing(.hidden("there is no start.conf.\(group)")))
        }
        let menu = BootMenu(
            group: group, host: host, startConf: conf, timeout: settings.timeout, theme: settings.theme)
        return Self.menu(templates.filled(kind, menu.values))
    }

    /// nil if there is none.
    func startConf(of group: GroupName) async throws -> StartConf? {
        let path = try TreePath("start.conf.\(group)")
        guard let bytes = try Self.bytes(of: try await next(request.asking(for: path))) else { return nil }
        return StartConf(parsing: bytes, file: path.text)
    }

    static func bytes(of content: Content) throws -> [UInt8]? {
        switch content {
        case .file(let file): try file.read(limit: sizeLimit)
        case .made(let made): made.bytes
        case .directory, .link, .nothing: nil
        }
    }

    private static func menu(_ filled: (text: String, problem: Problem?)) -> Menu {
        Menu(
            content: .made(MadeContent(Array(filled.text.utf8))),
            remarks: filled.problem.map { ["the shipped template, as \($0)"] } ?? [])
    }
}
