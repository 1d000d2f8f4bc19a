import API
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import ControlAPI

/// What comes with a question.
@Suite struct BodyTests {
    private struct Gone: Error {}

    private func fault(_ parts: AsyncThrowingStream<ByteBuffer, any Error>) async throws -> String {
        let request = Request(
            head: HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/v1/onboot"),
            body: RequestBody(asyncSequence: parts))
        return try await #require(throws: Fault.self) { _ = try await ControlServer.body(of: request) }.what
    }

    @Test("one that is too large is told so, and one that breaks off is not") func faults() async throws {
        let large = AsyncThrowingStream<ByteBuffer, any Error> { parts in
            parts.yield(ByteBuffer(repeating: 1, count: (1 << 20) + 1))
            parts.finish()
        }
        #expect(try await fault(large) == "a body of more than 1048576 bytes")
        let broken = AsyncThrowingStream<ByteBuffer, any Error> { parts in
            parts.yield(ByteBuffer(string: "{"))
            parts.finish(throwing: Gone())
        }
        #expect(try await fault(broken).hasPrefix("the body did not come whole: "))
    }
}
