package import HookConfig
package import HookHost
package import LinboModel
import LinuxKit
import Logging

/// What GRUB boots with: configurations and images of hosts, made when asked for, and kernels to boot once
/// (docs/linbo.md#paths-that-are-asked, docs/linbo.md#host-images, docs/linbo.md#grub-over-tftp).
package struct GrubImg: Diagnosed, Advertised {
    package static let name: PluginName = "grub-img"

    let settings: GrubSettings
    let context: PluginContext
    let directory: GrubDirectory
    let maker: ImageMaker
    /// By `Self.claims`: worked out once, at the start, from what the tree lacks then.
    package let claims: [PathPattern]

    /// An image of all modules has some megabytes.
    private static let imageLimit = 64 << 20
    /// grub-mkimage takes a tenth of a second.
    private static let timeLimit = Duration.seconds(60)

    /// - Throws: `ConfigError` if a setting below `grub-img:` is wrong. That GRUB is missing is one of `problems()`.
    package init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) {
        settings = try GrubSettings(section)
        self.context = context
        directory = GrubDirectory(root: settings.grub, program: settings.program)
        maker = ImageMaker(
            cache: ImageCache(directory: context.state + "/grub"), program: settings.program, jobs: settings.jobs,
            within: Self.timeLimit, logger: context.logger)
        claims = Self.claims(settings, context.tree)
    }

    /// PCs asked for `boot/grub/spool/*.grub.cfg`, and got nothing.
    package static func need(on server: ServerFacts) -> String? {
        let asked = server.missed.filter { $0.hasPrefix("boot/grub/spool/") && $0.hasSuffix(".grub.cfg") }.sorted()
        guard let first = asked.first else { return nil }
        return "\(asked.count) PCs asked for the GRUB menu of their disk, such as \(first), and nobody makes it"
    }

    package func resolve(_ request: Request, next: Next) async throws -> Resolution {
        guard request.intent != .store, let asked = AskedFile(request.path, settings) else {
            return Resolution(try await next(request))
        }
        let menus = MenuSource(settings: settings, request: request, next: next)
        if request.intent == .fetch, asked.isStepOfBoot { await noteBootGoesOn(request) }
        switch asked {
        case .hostImage(let host, let platform): return try await image(of: host, platform, menus)
        case .localConfig(let host, let group): return try await localConfig(of: host, group, menus)
        case .reboot(let host): return try reboot(of: host, request)
        case .rebootTrigger: return try setReboot(request)
        case .hostConfig(nil): return try await ownConfig(menus)
        case .groupConfig(nil): return try await groupOfAsker(menus)
        default: break
        }
        // All else is the tree's if it is there.
        let own = try await next(request)
        guard case .nothing(.missing) = own else { return Resolution(own) }
        switch asked {
        case .mainConfig: return Resolution(menus.plain(.main))
        case .platformConfig: return Resolution(.made(MadeContent(Array("source /boot/grub/grub.cfg\n".utf8))))
        case .ipxeScript: return Resolution(menus.plain(.ipxe))
        case .groupConfig(let group?): return Resolution(try await menus.made(.menu, group, for: nil))
        case .hostConfig(let host?): return try await config(of: host, menus)
        case .core(let platform): return try await core(platform, request)
        case .shipped(let places, let package): return try shipped(places, package, request)
        default: return Resolution(own)
        }
    }

    /// Templates that are wrong, and what GRUB or Secure Boot lacks on this server.
    package func problems() -> [Problem] {
        TemplateSet(directory: settings.templates).problems + Self.obstacles(settings, directory, context.tree)
    }

    // MARK: Configurations

    private func config(of host: HostName, _ menus: MenuSource) async throws -> Resolution {
        guard let asker = menus.request.client.host, asker.name == host else {
            return .hidden("not this host's configuration")
        }
        return try await ownConfig(menus)
    }

    private func ownConfig(_ menus: MenuSource) async throws -> Resolution {
        guard let host = menus.request.client.host else { return .hidden("a client that no devices.csv knows") }
        guard host.pxe != 0 else { return .hidden("\(host.name) has the PXE flag 0 in \(host.source)") }
        return Resolution(try await menus.host(host))
    }

    private func groupOfAsker(_ menus: MenuSource) async throws -> Resolution {
        guard let host = menus.request.client.host else { return .hidden("a client that no devices.csv knows") }
        return Resolution(try await menus.group(host.group, for: nil))
    }

    /// Made anew for each request: one that lies in the tree is of another server's.
    private func localConfig(of host: HostName, _ group: GroupName, _ menus: MenuSource) async throws -> Resolution {
        guard let asker = menus.request.client.host, asker.name == host else {
            return .hidden("not this host's configuration")
        }
        var menu = try await menus.made(.local, group, for: host)
        if asker.group != group { menu.remarks.append("\(host) is in group \(asker.group) by \(asker.source)") }
        return Resolution(menu)
    }

    // MARK: Images

    private func image(of host: HostName, _ platform: Platform?, _ menus: MenuSource) async throws -> Resolution {
        let request = menus.request
        guard let asker = request.client.host, asker.name == host else { return .hidden("not this host's image") }
        let own = try await menus.next(request)
        guard case .nothing(.missing) = own else { return Resolution(own, remarks: ["the tree's own image"]) }
        guard asker.pxe != 0 else { return .hidden("\(host) has the PXE flag 0 in \(asker.source)") }
        let menu = try await menus.host(asker)
        guard let bytes = try MenuSource.bytes(of: menu.content) else {
            return .hidden("no image, as there is no menu for \(host): no start.conf.\(asker.group)")
        }
        let type = platform == nil ? try await menus.startConf(of: asker.group)?.linbo.systemType : nil
        let first = menus.image(of: host)
        let remarks = menu.remarks + (first.problem.map { ["the shipped template, as \($0)"] } ?? [])
        return try await served(request, remarks) {
            let parts = try directory.parts(
                platform ?? Platform(type), extra: settings.modules,
                menu: first.text + String(decoding: bytes, as: UTF8.self))
            return ImageRecipe.host(parts, first: first.text, menu: bytes)
        }
    }

    private func core(_ platform: Platform, _ request: Request) async throws -> Resolution {
        try await served(request, []) { ImageRecipe.core(try directory.parts(platform, extra: settings.modules)) }
    }

    /// A dry run or a directory gets what is there already, and begins nothing.
    private func served(
        _ request: Request, _ remarks: [String], recipe: () throws -> ImageRecipe
    ) async throws -> Resolution {
        do {
            let recipe = try recipe()
            if let image = maker.ready(recipe) { return try delivered(image, request, remarks) }
            guard request.intent == .fetch, request.manner == .byName else {
                return .hidden("the image is made when a client fetches it by its name")
            }
            return try delivered(try await maker.image(recipe), request, remarks)
        } catch {
            context.logger.error("plugin grub-img: \(request.path) for \(request.client.label): \(error)")
            return .hidden("no image: \(error)")
        }
    }

    private func delivered(_ image: CachedImage, _ request: Request, _ remarks: [String]) throws -> Resolution {
        Resolution(try handedOver(image.path, request), remarks: remarks)
    }

    /// TFTP maps the file, for all clients once. For rsync it may lie on another file system than the tree, and would
    /// be readable by the daemon alone: its bytes are made content.
    private func handedOver(_ path: String, _ request: Request) throws -> Content {
        if request.transport == .tftp, let status = FileStatus(at: path), status.kind == .regular {
            return .file(TreeFile(path: request.path, absolutePath: path, status: status))
        }
        return .made(MadeContent(try FileBytes.read(followingLinks: path, limit: Self.imageLimit)))
    }

    private func shipped(_ places: [String], _ package: String, _ request: Request) throws -> Resolution {
        guard let path = places.first(where: { FileIdentity(ofFileAt: $0) != nil }) else {
            let isModule = request.path.name.hasSuffix(".mod") || request.path.name.hasSuffix(".lst")
            // GRUB asks for many that its version does not have.
            if isModule, FileIdentity(ofFileAt: places[0].parentDirectory + "/kernel.img") != nil { return .missing }
            return .hidden("\(places[0]) is not there: apt-get install \(package)")
        }
        return Resolution(try handedOver(path, request))
    }
}

extension Resolution {
    static let missing = Resolution(.nothing(.missing))

    static func hidden(_ reason: String) -> Resolution { Resolution(.nothing(.hidden(reason))) }

    init(_ menu: MenuSource.Menu) {
        self.init(menu.content, remarks: menu.remarks)
    }
}

extension String {
    fileprivate var parentDirectory: String {
        String(split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))
    }
}
