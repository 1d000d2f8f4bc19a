import CLibC

/// Those of rsyncd's variables (rsyncd.conf(5), docs/linbo.md#what-rsyncd-tells-its-hooks) that no client can choose,
/// as text.
enum Environment {
    static func text(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
