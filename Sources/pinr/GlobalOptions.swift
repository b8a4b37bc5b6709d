import ArgumentParser

/// The options that every command has.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The folder with pins.json and default.nix; PINR_DIRECTORY, or else `pins`, when not given.",
            valueName: "dir"),
        completion: .directory)
    var directory: String?

    @Option(
        help: ArgumentHelp(
            "Work on this JSON file alone, without a default.nix; PINR_LOCK_FILE when not given.", valueName: "file"),
        completion: .file())
    var lockFile: String?

    @Flag(help: "Print one JSON document, and nothing else, on standard output.")
    var json = false

    @Flag(name: [.short, .long], help: "Say what is being done.")
    var verbose = false

    @Flag(name: [.short, .long], help: "Say nothing but errors.")
    var quiet = false

    @Option(help: ArgumentHelp("Colour messages: auto, always or never.", valueName: "when"))
    var color = ColorChoice.auto

    @Option(help: ArgumentHelp("How many pins are worked on at the same time.", valueName: "n"))
    var jobs = 8

    @Option(help: ArgumentHelp("Give a transfer up after so many seconds.", valueName: "seconds"))
    var timeout: Double?

    @Option(help: ArgumentHelp("Try a failed transfer by http so often again.", valueName: "n"))
    var retries = 3

    @Flag(help: "Fail instead of using the network.")
    var offline = false

    func validate() throws {
        if directory != nil && lockFile != nil {
            throw ValidationError("`--directory` and `--lock-file` cannot both be given.")
        }
        if directory == "" || lockFile == "" { throw ValidationError("`--directory` and `--lock-file` need a path.") }
        if jobs < 1 || jobs > 256 { throw ValidationError("`--jobs` is a number from 1 to 256.") }
        if retries < 0 || retries > 100 { throw ValidationError("`--retries` is a number from 0 to 100.") }
        if let timeout, !(timeout > 0 && timeout <= 1_000_000) {
            throw ValidationError("`--timeout` is a number of seconds above 0.")
        }
        if verbose && quiet { throw ValidationError("`--verbose` and `--quiet` cannot both be given.") }
    }
}

/// When messages are coloured.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}
