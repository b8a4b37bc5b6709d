import ArgumentParser
import Resolvers

/// The options of `add` and `set` that shape a source.
struct SourceOptionGroup: ParsableArguments {
    @Option(name: [.short, .long], help: "Track this branch, instead of the repository's default one.")
    var branch: String?

    @Option(help: ArgumentHelp("Stay at this tag or revision.", valueName: "ref"))
    var at: String?

    @Option(help: "The host of the forge, for one that is not the public one.")
    var host: String?

    @Flag(inversion: .prefixedNo, help: "Whether the file of a URL is unpacked; its name decides when not given.")
    var unpack: Bool?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether what is behind the URL changes: where it leads is locked, and `update` looks again.")
    var mutable: Bool?

    @Flag(inversion: .prefixedNo, help: "Whether the repository's submodules are fetched too, and theirs.")
    var submodules: Bool?

    @Flag(inversion: .prefixedNo, help: "Whether what the repository keeps in Git LFS is fetched.")
    var lfs: Bool?

    var options: SourceOptions {
        var options = SourceOptions(
            branch: branch, at: at, host: host, unpack: unpack, submodules: submodules, lfs: lfs)
        options.mutable = mutable
        return options
    }
}
