import LinboModel

/// The values that templates have, from a start.conf (docs/linbo.md#groups, docs/linbo.md#menus).
struct BootMenu {
    /// Every name that a template may use.
    static let names: Set<String> = [
        "host", "group", "timeout", "theme", "cache", "cache_label", "kernel_options", "system", "number", "name",
        "class",
        "start", "sync", "new", "partition", "root", "label", "image", "kernel", "initrd", "append", "windows", "linux",
        "iso",
    ]

    let group: GroupName
    let host: HostName?
    let startConf: StartConf
    let timeout: Int
    let theme: String?

    var values: [String: Template.Value] {
        let cache = startConf.linbo.cache
        return [
            "group": .text(group.text), "host": .text(host?.lowercased), "timeout": .text("\(timeout)"),
            "theme": .text(timeout > 0 ? theme : nil),
            "cache": .text(cache.flatMap { GrubDevice($0)?.text }), "cache_label": .text(cache.flatMap(label)),
            // Whole, with every `=` (defect 29, docs/linbo.md#defects-of-the-old-hooks).
            "kernel_options": .words(GrubWord.split(startConf.linbo.kernelOptions)),
            "system": .list(startConf.systems.enumerated().map { values(of: $1, number: $0 + 1) }),
        ]
    }

    private func values(of system: StartConf.OperatingSystem, number: Int) -> [String: Template.Value] {
        let image = system.baseImage ?? ""
        let kernel = system.kernel.map(Self.withoutSlash) ?? ""
        let isISO = image.lowercased().hasSuffix(".iso")
        let isWindows = !isISO && (kernel.isEmpty || kernel.lowercased() == "auto")
        let root = system.root
        let start = Self.isAllowed(system.values["startenabled"])
        let new = Self.isAllowed(system.values["newenabled"] ?? system.values["remotesyncenabled"])
        let partition = root.flatMap { root in startConf.partitions.firstIndex { $0.dev == root } }.map { $0 + 1 }
        return [
            "number": .text("\(number)"), "name": .text(Self.title(system.name, number)),
            "class": .text(
                OSClass.word(
                    name: system.name ?? "", image: image, icon: system.iconName ?? "", isWindows: isWindows)),
            "start": .flag(start), "sync": .flag(Self.isAllowed(system.values["syncenabled"])),
            "new": .flag(new && partition != nil), "partition": .text(partition.map { "\($0)" }),
            "root": .text(root.flatMap { GrubDevice($0)?.text }), "label": .text(root.flatMap(label)),
            "image": .text(image), "kernel": .text(kernel),
            "initrd": .text(system.initrd.map(Self.withoutSlash)), "append": .words(append(system, root, isISO: isISO)),
            "windows": .flag(isWindows), "linux": .flag(!isWindows && !isISO), "iso": .flag(isISO),
        ]
    }

    /// The label of the partition with that device, if it has one that search finds.
    private func label(_ device: String) -> String? {
        startConf.partitions.first { $0.dev == device }?.label
    }

    /// With `root=` if the start.conf names none.
    private func append(_ system: StartConf.OperatingSystem, _ root: String?, isISO: Bool) -> [String] {
        let words = GrubWord.split(system.append)
        guard !isISO, !words.contains(where: { $0.hasPrefix("root=") }), let root else { return words }
        return words + ["root=" + (label(root).map { "LABEL=\($0)" } ?? root)]
    }

    /// Entries are there unless the start.conf says no.
    private static func isAllowed(_ value: String?) -> Bool {
        guard let value, !value.isEmpty else { return true }
        return ["yes", "true", "on", "1"].contains(value.lowercased())
    }

    /// GRUB would take a title that begins with a dash for an option.
    private static func title(_ name: String?, _ number: Int) -> String {
        guard let name else { return "OS \(number)" }
        return name.hasPrefix("-") ? " " + name : name
    }

    private static func withoutSlash(_ path: String) -> String {
        String(path.trimmingPrefix { $0 == "/" })
    }
}
