import CommandLineKit
import Glibc
import Jobs
import LinboModel

/// What linbo-remote showed of its terminals: PCs that are at work.
struct LinboRemoteSessions {
    private let options: CommonOptions
    private static let interval = Duration.milliseconds(500)

    init(_ options: CommonOptions) {
        self.options = options
    }

    private func running() async throws -> [(host: String, job: Job)] {
        try await options.ask(GetJobs(kind: "remote.pc", all: false)).filter { $0.state == .running }.compactMap {
            job in job.lane.map { ($0, job) }
        }
    }

    func list() async throws -> Int32 {
        for (host, job) in try await running().sorted(by: { $0.host < $1.host }) {
            let name = "\(host)_linbo-remote".map { $0 == "." ? "_" : $0 }
            print("\(String(name)): 1 windows (created \(Self.date(job.created / 1000, "%a %b %e %H:%M:%S %Y")))")
        }
        return 0
    }

    /// To its end.
    func show(_ host: String) async throws -> Int32 {
        guard let job = try await running().first(where: { $0.host.lowercased() == host.lowercased() })?.job else {
            print("no session")
            return 1
        }
        var last: Int64 = 0
        while true {
            let answer = try await options.ask(GetJob(id: job.id, after: last), quietly: true)
            for line in answer.lines { print(Output.printable(line.text)) }
            Terminal.flush()
            last = answer.lines.last?.n ?? last
            if answer.job.state.isOver { return 0 }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// As date(1) and tmux write it.
    static func date(_ seconds: Int64, _ form: String) -> String {
        var seconds = time_t(seconds)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return "\(seconds)" }
        var text = [CChar](repeating: 0, count: 64)
        let count = strftime(&text, text.count, form, &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
