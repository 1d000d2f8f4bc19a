import Foundation
import Glibc
import LinboModel
import LinuxKit
import Logging
import Testing

@testable import HookMetrics

@Suite("GET /metrics")
struct EndpointTests {
    /// An endpoint on a thread of its own, for the length of `body`.
    private static func serving(_ body: (ListenAddress) throws -> Void) throws {
        let any = try #require(IPAddress("127.0.0.1"))
        let endpoint = try Endpoint(
            ListenAddress(address: any, port: 0), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        Thread.detachNewThread { endpoint.serve { Answer.bytes("200 OK", "linbo_hosts 3\n") } }
        defer { endpoint.stop() }
        try body(ListenAddress(address: any, port: endpoint.port))
    }

    /// A client of one connection.
    private final class Caller {
        let descriptor: Int32

        init(_ place: ListenAddress, from address: String = "127.0.0.1") throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            let own = SocketName(try #require(IPAddress(address)).bytes, port: 0)
            try #require(own.withPointer { bind(descriptor, $0, $1) } == 0)
            let name = SocketName(place.address.bytes, port: place.port)
            try #require(name.withPointer { connect(descriptor, $0, $1) } == 0)
        }

        deinit { close(descriptor) }

        func send(_ text: String) {
            _ = Array(text.utf8).withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
        }

        /// All until the other end closes.
        func answer() -> String {
            var bytes: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 4096)
            while case let count = recv(descriptor, &part, part.count, 0), count > 0 { bytes += part[..<count] }
            return String(decoding: bytes, as: UTF8.self)
        }

        var isClosed: Bool {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&entry, 1, 0) > 0
        }
    }

    private static let request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func theOneResource() throws {
        try Self.serving { place in
            let whole =
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 14\r\n"
                + "Connection: close\r\n\r\nlinbo_hosts 3\n"
            for text in [Self.request, "GET /metrics?x=1 HTTP/1.0\n\n"] {
                let caller = try Caller(place)
                caller.send(text)
                #expect(caller.answer() == whole)
            }
            let slow = try Caller(place)
            for part in ["GET /met", "rics HTTP/1.1\r", "\n\r", "\n"] { slow.send(part) }
            #expect(slow.answer() == whole)
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", "404"), ("GET /metrics/x HTTP/1.1\r\n\r\n", "404"),
        ("POST /metrics HTTP/1.1\r\n\r\n", "405"), ("GET /metrics\r\n\r\n", "400"), ("\r\n\r\n", "400"),
        (String(repeating: "A", count: 9000), "400"),
    ])
    func allElse(_ text: String, _ status: String) throws {
        try Self.serving { place in
            let caller = try Caller(place)
            caller.send(text)
            #expect(caller.answer().hasPrefix("HTTP/1.1 \(status) "))
        }
    }

    @Test("N24: half-open requests by the hundred take a few descriptors, and whoever asks is answered")
    func halfOpen() throws {
        try Self.serving { place in
            var hanging: [Caller] = []
            for number in 0..<300 {
                let caller = try Caller(place, from: "127.0.0.\(number % 3 + 1)")
                if number % 2 == 0 { caller.send("GET /metr") }
                hanging.append(caller)
                guard number % 20 == 19 else { continue }
                for address in ["127.0.0.1", "127.0.0.9"] {
                    let good = try Caller(place, from: address)
                    good.send(Self.request)
                    #expect(good.answer().hasPrefix("HTTP/1.1 200 "))
                }
            }
            // What was closed at the other end is seen as soon as the kernel has the time.
            let end = ContinuousClock.now + .seconds(120)
            while hanging.count(where: { !$0.isClosed }) > Endpoint.mostVisitors, ContinuousClock.now < end {}
            #expect(hanging.count { !$0.isClosed } <= Endpoint.mostVisitors)
        }
    }

    @Test("N24: one address does not turn another's clients out")
    func fairness() throws {
        try Self.serving { place in
            let patient = try Caller(place, from: "127.0.0.9")
            patient.send("GET /metr")
            let hanging = try (0..<100).map { _ in try Caller(place, from: "127.0.0.66") }
            let other = try Caller(place, from: "127.0.0.10")
            other.send(Self.request)
            #expect(other.answer().hasPrefix("HTTP/1.1 200 "))
            patient.send("ics HTTP/1.1\r\n\r\n")
            #expect(patient.answer().hasPrefix("HTTP/1.1 200 "))
            #expect(hanging.count == 100)
        }
    }

    @Test func whoeverIsLateIsClosed() {
        var visitors = Visitors()
        visitors.add(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), address: [1], end: 100)
        visitors.add(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), address: [1], end: 200)
        #expect(visitors.nextEnd == 100)
        visitors.removeLate(at: 150)
        #expect(visitors.count == 1 && visitors.nextEnd == 200)
    }
}
