import HookConfig
import LinboModel
import Supervision

/// `services:` programs of the admin's that run as long as the daemon.
struct ServicesSection: Sendable {
    let specs: [ServiceSpec]

    init(_ root: Settings) throws(ConfigError) {
        var specs: [ServiceSpec] = []
        for item in try root.list("services") ?? [] {
            let spec = try Self.spec(item)
            guard !specs.contains(where: { $0.name == spec.name }) else {
                throw ConfigError("service \(spec.name) stands twice", fix: "keep one", at: item.location)
            }
            specs.append(spec)
        }
        self.specs = specs
    }

    private static func spec(_ item: ConfigNode) throws(ConfigError) -> ServiceSpec {
        let settings = try Settings(item, name: "services", at: item.location, known: ["name", "run"])
        guard let name = try settings.text("name"), !name.isEmpty, name.utf8.count <= 64,
            name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
        else {
            throw ConfigError(
                "a service without a name", fix: "add `name: tracker`: letters, no blanks", at: item.location)
        }
        guard let run = settings.node("run"), case .list(let words) = run.value, let first = words.first else {
            throw ConfigError(
                "service \(name) has no program", fix: "add `run: [/path/to/program, word]`; no shell reads it",
                at: settings.node("run")?.location ?? item.location)
        }
        var all = [try first.asPath("run")]
        for word in words.dropFirst() { all.append(try word.asText("run")) }
        return ServiceSpec(
            name, all, environment: ["HOME": "/root", "LANG": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
    }
}
