package import ArgumentParser
import CommandLineKit
import Foundation
import HookConfig
import LinboModel
import LinuxKit
import Torrent

extension TorrentCreate: CommandProvider {
    /// `linboctl torrent`.
    package static var command: any ParsableCommand.Type { TorrentCommand.self }
}

/// `linboctl torrent`: works on files that are named, wherever they are.
struct TorrentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "torrent", abstract: "Make torrents of images, and look whether they fit.",
        subcommands: [Create.self, Check.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write FILE.torrent and FILE.hash beside an image.",
            discussion: """
                The tracker, the piece length, the private flag and the number of cores are plugin torrent-create's, if \
                the configuration has it. With --announce none is needed.
                """)

        @OptionGroup var options: CommonOptions

        @Argument(help: "Images.")
        var files: [String]

        @Option(name: .long, help: "The tracker, such as http://10.0.0.1:6969/announce.")
        var announce: String?

        @Option(name: .long, help: "Bytes of a piece: a power of two from 16384 to 16777216.")
        var pieceLength: Int?

        @Flag(name: .long, help: "Set the private flag. It changes the info hash.")
        var `private` = false

        @Option(name: .long, help: "How many cores hash (default: all).")
        var jobs: Int?

        @Option(name: .long, help: "The torrent's file, for one image. Its .hash goes beside it.")
        var output: String?

        func validate() throws {
            if let announce, !TorrentSettings.isAnnounce(announce) {
                throw ValidationError("--announce wants a tracker's address, such as http://10.0.0.1:6969/announce")
            }
            if let pieceLength, !PieceLength.isValid(pieceLength) {
                throw ValidationError("--piece-length wants a power of two from 16384 to 16777216")
            }
            if let jobs, jobs < 1 { throw ValidationError("--jobs wants a number from 1 on") }
            guard output == nil || files.count == 1 else { throw ValidationError("--output is for one image") }
        }

        struct Row: Encodable {
            let image: String
            let torrent: String
            let hash: String
            let infoHash: String
            let length: Int64
            let pieceLength: Int
            let pieces: Int
            let seconds: Double
        }

        func run() async throws {
            let settings = try await settings()
            guard let announce = announce ?? settings?.announce else {
                throw Failure("no tracker is known: name it with --announce")
            }
            let hasher = PieceHasher(
                pieceLength: pieceLength ?? settings?.pieceLength ?? PieceLength.standard, jobs: jobs ?? settings?.jobs)
            let isPrivate = self.private || settings?.isPrivate ?? false
            let rows = files.compactMap { file -> Row? in
                do { return try create(file, hasher, announce, isPrivate) } catch {
                    Terminal.complain("linboctl: \(error)")
                    return nil
                }
            }
            try options.show(
                rows,
                Output.table(
                    ["torrent", "info hash", "pieces", "of", "seconds"],
                    rows.map {
                        [
                            $0.torrent, $0.infoHash, "\($0.pieces)", Output.size(Int64($0.pieceLength)),
                            String(format: "%.1f", $0.seconds),
                        ]
                    }))
            if rows.count < files.count { throw ExitCode(1) }
        }

        /// The daemon's; with a tracker named on the command line none is needed.
        private func settings() async throws -> GetTorrentSettings.Answer? {
            do { return try await options.ask(GetTorrentSettings()) } catch {
                guard announce == nil else { return nil }
                throw error
            }
        }

        private func create(_ file: String, _ hasher: PieceHasher, _ announce: String, _ isPrivate: Bool) throws -> Row
        {
            let clock = ContinuousClock()
            let start = clock.now
            let bar = ProgressBar(file)
            defer { bar.clear() }
            let (identity, pieces) = try hasher.hash(file, bar.progress)
            let torrent = TorrentFile(
                name: URL(filePath: file).lastPathComponent, length: identity.size, pieceLength: hasher.pieceLength,
                pieces: pieces[...], isPrivate: isPrivate, announce: announce)
            let target = output ?? file + ".torrent"
            let hash = TorrentNames.hash(of: target)
            try TorrentFile.write(torrent.encoded(), to: target)
            try TorrentFile.write(Array(torrent.infoHash.line.utf8), to: hash)
            return Row(
                image: file, torrent: target, hash: hash, infoHash: torrent.infoHash.description,
                length: torrent.length,
                pieceLength: torrent.pieceLength, pieces: torrent.pieceCount, seconds: (clock.now - start).seconds)
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether FILE.torrent, and FILE.hash if there is one, fit the image, every piece of it.",
            discussion: "Exit status 0: all fit; 1: one does not.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Images, or their torrents.")
        var files: [String]

        @Option(name: .long, help: "How many cores hash (default: all).")
        var jobs: Int?

        func validate() throws {
            if let jobs, jobs < 1 { throw ValidationError("--jobs wants a number from 1 on") }
        }

        struct Row: Encodable {
            let image: String
            let torrent: String
            let fits: Bool
            let infoHash: String?
            /// What is wrong; nil if it fits.
            let problem: String?
            let firstWrongPiece: Int?
        }

        func run() throws {
            let rows = files.map { check($0) }
            try options.show(
                rows,
                rows.map { row in
                    let verdict = row.problem.map { Output.Style.red.applied(to: $0) } ?? "fits"
                    return "\(Output.printable(row.torrent)): \(verdict)"
                }.joined(separator: "\n"))
            if !rows.allSatisfy(\.fits) { throw ExitCode(1) }
        }

        private func check(_ file: String) -> Row {
            let image = file.hasSuffix(".torrent") ? String(file.dropLast(".torrent".count)) : file
            let path = image + ".torrent"
            func row(_ problem: String?, _ torrent: TorrentFile? = nil, piece: Int? = nil) -> Row {
                Row(
                    image: image, torrent: path, fits: problem == nil, infoHash: torrent?.infoHash.description,
                    problem: problem, firstWrongPiece: piece)
            }
            guard let bytes = TorrentFile.bytes(of: path) else { return row("can't be read, or is none") }
            do throws(TorrentError) {
                let torrent = try TorrentFile(parsing: bytes)
                let bar = ProgressBar(image)
                defer { bar.clear() }
                switch try TorrentCheck(torrent, image: image, jobs: jobs, bar.progress) {
                case .fits: return row(Self.problem(ofHashBeside: path, torrent), torrent)
                case .wrongPiece(let piece, let offset):
                    let check = TorrentCheck.wrongPiece(piece, offset: offset)
                    return row(check.description, torrent, piece: piece)
                case let other: return row(other.description, torrent)
                }
            } catch {
                return row(error.description)
            }
        }

        private static func problem(ofHashBeside path: String, _ torrent: TorrentFile) -> String? {
            let hash = TorrentNames.hash(of: path)
            guard let bytes = TorrentFile.bytes(of: hash), !bytes.elementsEqual(torrent.infoHash.line.utf8) else {
                return nil
            }
            return "\(hash) holds another info hash than \(torrent.infoHash)"
        }
    }
}

enum TorrentNames {
    /// `x.qcow2.hash` for `x.qcow2.torrent`.
    static func hash(of torrent: String) -> String {
        (torrent.hasSuffix(".torrent") ? String(torrent.dropLast(".torrent".count)) : torrent) + ".hash"
    }
}
