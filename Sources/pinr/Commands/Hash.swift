import ArgumentParser
import JSON
import NixHash
import PinrKit
import SourceTree

struct Hash: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the hash that Nix gives a folder, a file, an archive or a URL.",
        discussion: """
            A folder's hash is that of its NAR, as `nix hash path` prints it; a file's is that of its bytes, as \
            `nix hash file` prints it. --unpack takes an archive's tree, as `builtins.fetchTarball` sees it.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case sri, nix32, hex
    }

    @Argument(help: "A path or a URL.", completion: .file())
    var target: String

    @Flag(help: "Hash the tree that the archive unpacks to.")
    var unpack = false

    @Flag(help: "Hash the bytes as they are.")
    var flat = false

    @Option(help: "How the hash is written: sri, nix32 or hex.")
    var format = Format.sri

    @OptionGroup var limitOptions: LimitOptions

    @OptionGroup var global: GlobalOptions

    var limits: TreeLimits { limitOptions.limits }

    func validate() throws {
        if unpack && flat { throw ValidationError("`--unpack` and `--flat` cannot both be given.") }
    }

    func perform(_ session: Session) async throws -> ExitStatus {
        let outcome = try await session.pinr.hash(
            target, unpacks: unpack ? true : flat ? false : nil, withArchive: session.isJSON)
        let text =
            switch format {
            case .sri: outcome.digest.sri
            case .nix32: outcome.digest.nix32
            case .hex: outcome.digest.hex
            }
        session.print(json: outcome.json, lines: [text])
        return .done
    }
}
