import HookHost
import LinboModel
import Uploads

extension Preflight {
    /// What keeps the daemon from nothing, but clients from something.
    static func remarks(_ config: Config) -> [Problem] {
        space(config)
    }

    private static func space(_ config: Config) -> [Problem] {
        guard let space = try? config.space, space.isTooLittle else { return [] }
        return [
            problem(
                config, "uploads.keep-free", "no upload is taken: \(space.description)",
                mend: "make space on the disk of \(config.linbo.root), such as by `linboctl images prune`", .warning)
        ]
    }
}
