import API
import Foundation
import Hummingbird
import LinuxKit
import Logging
import NIOCore

/// What is known of a request beside itself.
struct Context: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection.
    let channel: any Channel
    /// Who asks; the server until `PeersOnly` has looked.
    var actor = Actor.server

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// Turns away whoever may not ask.
struct PeersOnly: RouterMiddleware {
    let group: String
    /// Users and groups may be another machine's, and looking them up may take its time.
    let threads: ThreadPool

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let peer = await Peer(of: context.channel)
        let actor = await withTaskExecutorPreference(threads) { () async -> Actor? in
            peer?.mayAsk(group: group) == true ? peer?.actor : nil
        }
        guard let actor else {
            throw Fault(.forbidden, "not for this user", fix: "run it by sudo, or as a member of \(group)")
        }
        var context = context
        context.actor = actor
        return try await next(request, context)
    }
}

/// Whatever goes wrong is told as RFC 9457 has it.
struct FaultsAsProblems: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let fault as Fault {
            return Self.response(fault)
        } catch let error as any HTTPResponseError {
            let what = "\(request.method.rawValue) \(request.uri.path)"
            let isUnknown = error.status == .notFound || error.status == .methodNotAllowed
            return Self.response(
                isUnknown
                    ? Fault(.missing, "there is no \(what)", fix: "/openapi.json lists what there is")
                    : Fault(.invalid, "\(what): \(error.status)"))
        } catch {
            return Self.response(Fault(.failed, "\(error)"))
        }
    }

    private static func response(_ fault: Fault) -> Response {
        let bytes = (try? APICoding.encoded(fault)) ?? .init()
        return Response(
            status: .init(code: fault.status), headers: [.contentType: "application/problem+json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
