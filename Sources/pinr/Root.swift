import ArgumentParser

/// `pinr` itself.
struct Root: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pinr",
        abstract: "Pins the sources of a Nix build: which revision of everything, and its hash.",
        discussion: """
            Resolves sources, computes Nix's hashes itself, and writes pins/pins.json and pins/default.nix, which Nix \
            reads: (import ./pins).NAME is the source. Neither Nix nor git has to be installed.
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Pins:",
                subcommands: [
                    Initialize.self, Add.self, SetPin.self, Show.self, Explain.self, Update.self, Verify.self,
                    Remove.self, Rename.self, Freeze.self, Unfreeze.self, Note.self, Undo.self,
                ]),
            CommandGroup(name: "Changes:", subcommands: [Diff.self, Log.self, Report.self, Propose.self]),
            CommandGroup(name: "Files:", subcommands: [Template.self]),
            CommandGroup(name: "Other tools:", subcommands: [Import.self, Export.self]),
            CommandGroup(
                name: "Tools:", subcommands: [Upgrade.self, Path.self, Hash.self, MergeDriver.self, Completions.self]),
        ])

    /// Says that there is no such command, where ArgumentParser would complain of the first option behind it.
    static func checkCommand(_ arguments: [String]) throws {
        guard let word = arguments.first, !word.hasPrefix("-"), word != "help" else { return }
        let commands = configuration.groupedSubcommands.flatMap(\.subcommands)
        let isKnown = commands.contains { $0._commandName == word || $0.configuration.aliases.contains(word) }
        if !isKnown { throw ValidationError("`\(word)` is not a command.") }
    }
}
