import ArgumentParser
import JSON
import PinrKit
import Resolvers
import SourceTree

struct Add: PinrCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pin a source.",
        discussion: """
            SOURCE is one of:
              nixpkgs                    the channel nixpkgs-unstable
              channel:NAME[#ARTIFACT]    a Nix channel, or another of its files
              github:OWNER/REPO[/REF]    a repository on GitHub, as its tarball
              git+https://…, git@HOST:…  a git repository; also git+ssh://…,
                                         git+file://…, git://…, https://….git
              https://….tar.gz           an archive, unpacked; tarball+https://…
                                         whatever it is called
              https://…                  any other file, as it is; file+https://…
                                         whatever it is called
            A REF that is a branch is tracked; a tag or a revision stays where it is.
            """)

    @Argument(help: "What to pin.")
    var source: String

    @Option(help: "The pin's name; one is taken from the source when not given.")
    var name: String?

    @Option(name: [.short, .long], help: "Track this branch, instead of the repository's default one.")
    var branch: String?

    @Option(help: ArgumentHelp("Stay at this tag or revision.", valueName: "ref"))
    var at: String?

    @Option(help: "The host of the forge, for one that is not the public one.")
    var host: String?

    @Flag(inversion: .prefixedNo, help: "Whether the file of a URL is unpacked; its name decides when not given.")
    var unpack: Bool?

    @Flag(help: "Fetch the repository's submodules too, and theirs.")
    var submodules = false

    @Flag(help: "Fetch what the repository keeps in Git LFS.")
    var lfs = false

    @Flag(help: "Freeze the pin: `update` leaves it alone.")
    var frozen = false

    @Flag(help: "Replace a pin of that name.")
    var force = false

    @Flag(name: [.customShort("n"), .long], help: "Resolve and hash, but write nothing.")
    var dryRun = false

    @OptionGroup var limitOptions: LimitOptions

    @OptionGroup var global: GlobalOptions

    var limits: TreeLimits { limitOptions.limits }

    func perform(_ session: Session) async throws -> ExitStatus {
        var request = AddRequest(source: source)
        request.name = name
        request.options = SourceOptions(
            branch: branch, at: at, host: host, unpack: unpack, submodules: submodules, lfs: lfs)
        request.isFrozen = frozen
        request.isForced = force
        request.isDryRun = dryRun
        let outcome = try await session.pinr.add(request)
        let verb =
            switch outcome.change {
            case .added: dryRun ? "would add" : "added"
            case .replaced: dryRun ? "would replace" : "replaced"
            case .unchanged: "unchanged:"
            }
        var lines = PinText.lines(outcome.name, outcome.pin)
        lines[0] = "\(verb) \(lines[0])"
        session.print(json: PinText.json([(outcome.name, outcome.pin)]), lines: lines)
        return .done
    }
}
