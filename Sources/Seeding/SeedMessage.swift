import Synchronization

/// What the engine's thread is told.
enum SeedMessage: Sendable {
    /// All that shall be seeded from now on.
    case want([SeedFile])
    case limit(SeedLimits)
    /// A piece is in memory, and proven; or the file has a fault.
    case loaded(SeedFile, piece: Int)
    case stop
}

/// What the engine told last.
final class SeedBoard: Sendable {
    let states = Mutex<[SeedState]>([])
}
