import ArgumentParser
import CommandLineKit
import Control
import Uploads

struct ImagesUploads: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uploads",
        abstract: "What is on its way: uploads that run, sets that wait, uploads that broke off.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let uploads = try await options.ask(GetUploads())
        try options.show(
            uploads,
            uploads.isEmpty
                ? "nothing is on its way"
                : Output.table(
                    ["image", "state", "from", "since", "came", "files"],
                    uploads.map {
                        [
                            $0.image, $0.state.rawValue, $0.uploader ?? "-", Output.time(milliseconds: $0.since),
                            Output.size($0.bytes), $0.files.joined(separator: " "),
                        ]
                    }))
    }
}
