import ArgumentParser
import Lockfile
import PinrKit
import Resolvers

/// The options of `add` and `set` that shape a source.
struct SourceOptionGroup: ParsableArguments {
    @Option(name: [.short, .long], help: "Track this branch, instead of the repository's default one.")
    var branch: String?

    @Flag(inversion: .prefixedNo, help: "Track the highest release tag, instead of a branch.")
    var release: Bool?

    @Option(
        help: ArgumentHelp("What every release tag begins with, as `jq-`; the rest is the version.", valueName: "text"))
    var releasePrefix: String?

    @Option(help: ArgumentHelp("Take releases in this range, as `>=1.2,<2`.", valueName: "range"))
    var range: String?

    @Option(
        help: ArgumentHelp(
            "Take releases below this version: `<V` in the place of the upper bound that the range had.",
            valueName: "version"))
    var upperBound: String?

    @Flag(inversion: .prefixedNo, help: "Whether pre-releases are taken too.")
    var preReleases: Bool?

    @Option(help: ArgumentHelp("Stay at this tag, revision, version or digest.", valueName: "ref"))
    var at: String?

    @Flag(inversion: .prefixedNo, help: "Whether a Python package's wheel is pinned instead of its source archive.")
    var wheel: Bool?

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

    @Option(help: "The processor that a container image is for: amd64 when not given, arm64, …")
    var arch: String?

    @Option(help: "The operating system that a container image is for: linux when not given.")
    var os: String?

    @Option(
        help: ArgumentHelp(
            "Take a release or a commit once it is so many days old, as `7` or `2w`; `0` for any.", valueName: "days"))
    var minimumAge: String?

    @Option(
        help: ArgumentHelp(
            "When `update` considers the pin, in UTC: daily, weekly (mondays), monthly, quarterly, or days as `monday,friday`.",
            valueName: "days"),
        completion: .list(Schedule.words))
    var schedule: String?

    @Option(
        help: ArgumentHelp("The name that pins have in common which are updated together.", valueName: "name"),
        completion: PinGroups.completion)
    var group: String?

    @Flag(help: "Take the newest, whatever the minimum age is.")
    var now = false

    var policy: PolicyOptions { PolicyOptions(minimumAge: minimumAge, schedule: schedule, group: group) }

    var options: SourceOptions {
        var options = SourceOptions(
            branch: branch, at: at, host: host, unpack: unpack, submodules: submodules, lfs: lfs)
        options.mutable = mutable
        options.arch = arch
        options.os = os
        options.release = release
        options.releasePrefix = releasePrefix
        options.range = range
        options.upperBound = upperBound
        options.preReleases = preReleases
        options.wheel = wheel
        return options
    }
}
