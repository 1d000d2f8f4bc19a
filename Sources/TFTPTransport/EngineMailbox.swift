import LinuxKit

/// How other threads reach an engine.
typealias EngineMailbox = Mailbox<EngineMessage>

/// What an engine is told.
enum EngineMessage: Sendable {
    /// What a request was resolved to, by the request's number.
    case resolved(UInt64, Resolver.Result)
    /// It gave way to newer ones before it was looked at.
    case dropped(UInt64)
    /// It takes too long; its result may come yet.
    case late(UInt64)
    case snapshot(CheckedContinuation<[TransferSnapshot], Never>)
    case stop
}
