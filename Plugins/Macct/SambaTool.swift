import Programs
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

    /// For all accounts of a school; one has 4 KiB.
    private static let outputLimit = 64 << 20

    /// - Parameter input: written at once, as ldbmodify locks the AD before it reads.
    /// - Returns: what it printed, if its exit status is 0.
    func run(_ program: String, _ arguments: [String], input: [UInt8] = []) async throws(Failure) -> [UInt8] {
        let result: ExecutionResult<Void, BytesOutput, StringOutput<UTF8>>
        do throws(ProgramFailure) {
            result = try await ProgramRun.within(timeout, of: program) { [sam] in
                try await Subprocess.run(
                    .name(program), arguments: Arguments(["-H", sam] + arguments),
                    environment: .inherit.updating(["LC_ALL": "C"]), input: .array(input),
                    output: .bytes(limit: Self.outputLimit), error: .string(limit: 64 << 10))
            }
        } catch {
            throw Failure(description: Self.words(error))
        }
        guard result.terminationStatus.isSuccess else {
            throw Failure(
                description: "\(program): \(Self.redacted(result.standardError)) (\(result.terminationStatus))",
                isAboutRecords: true)
        }
        return result.standardOutput
    }

    private static func words(_ failure: ProgramFailure) -> String {
        switch failure.cause {
        case .tookTooLong: "\(failure): is the AD's database locked?"
        case .notInstalled: "\(failure): apt-get install ldb-tools samba-dsdb-modules"
        case .cancelled, .failed: "\(failure)"
        case .other(let words): "\(failure.program): \(redacted(words))"
        }
    }

    /// Samba's messages name records, not values; should one ever hold a value, it is not told. One line, not endless.
    static func redacted(_ message: String) -> String {
        let words = message.split(whereSeparator: \.isWhitespace).map { word in
            let run = word.utf8.split { !isDigit($0) }.map(\.count).max() ?? 0
            return run >= 20 || hasPadding(word.utf8) ? "…" : String(word)
        }
        return String(words.joined(separator: " ").prefix(300))
    }

    /// Base64 may end with `=`, which a name in the AD has something behind.
    private static func hasPadding(_ word: Substring.UTF8View) -> Bool {
        let equals = UInt8(ascii: "=")
        let escape = UInt8(ascii: "\\")
        return zip(word, Array(word.dropFirst()) + [equals]).contains { byte, next in
            byte == equals && next < 0x80 && next != escape && !isDigit(next)
        }
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
