import Subprocess

/// Runs Samba's `ldbsearch` and `ldbmodify`: argument arrays that hold no secret, LDIF over pipes, no files.
struct SambaTool: Sendable {
    let sam: String
    let timeout: Duration

    /// Why a tool gave no result; may go away, so it is worth another attempt. Holds no secret.
    struct Failure: Error, CustomStringConvertible {
        let description: String
        /// The tool ran to its end: what failed is a record, not the AD as a whole.
        var isAboutRecords = false
    }

    private struct TimedOut: Error {}

    /// For all accounts of a school; one has 4 KiB.
    private static let outputLimit = 64 << 20

    /// - Parameter input: written at once, as ldbmodify locks the AD before it reads.
    /// - Returns: what it printed, if its exit status is 0.
    func run(_ program: String, _ arguments: [String], input: [UInt8] = []) async throws(Failure) -> [UInt8] {
        do {
            return try await withTimeout {
                let result = try await Subprocess.run(
                    .name(program), arguments: Arguments(["-H", sam] + arguments),
                    environment: .inherit.updating(["LC_ALL": "C"]), input: .array(input),
                    output: .bytes(limit: Self.outputLimit), error: .string(limit: 64 << 10))
                guard result.terminationStatus.isSuccess else {
                    throw Failure(
                        description: "\(program): \(Self.redacted(result.standardError ?? "")) "
                            + "(\(result.terminationStatus))",
                        isAboutRecords: true)
                }
                return result.standardOutput
            }
        } catch let failure as Failure {
            throw failure
        } catch is TimedOut {
            throw Failure(description: "\(program) took longer than \(timeout): is the AD's database locked?")
        } catch is CancellationError {
            throw Failure(description: "\(program) was stopped, as the daemon ends")
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw Failure(description: "\(program) is not installed: apt-get install ldb-tools samba-dsdb-modules")
        } catch {
            throw Failure(description: "\(program): \(Self.redacted("\(error)"))")
        }
    }

    private func withTimeout(_ body: @escaping @Sendable () async throws -> [UInt8]) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask(operation: body)
            group.addTask { [timeout] in
                try await Task.sleep(for: timeout)
                throw TimedOut()
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }

    /// Samba's messages name records, not values; should one ever hold a value, it is not told. One line, not endless.
    static func redacted(_ message: String) -> String {
        let words = message.split(whereSeparator: \.isWhitespace).map { word in
            let run = word.utf8.split { !isDigit($0) }.map(\.count).max() ?? 0
            return run >= 20 || word.hasSuffix("=") ? "…" : String(word)
        }
        return String(words.joined(separator: " ").prefix(300))
    }

    /// Of Base64, without `/`, as paths have it too.
    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"):
            true
        default: false
        }
    }
}
