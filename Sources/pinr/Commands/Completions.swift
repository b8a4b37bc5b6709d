import ArgumentParser
import Lockfile
import PinrKit
import Resolvers

struct Completions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the completion script of a shell.",
        discussion: "For bash: pinr completions bash > ~/.local/share/bash-completion/completions/pinr")

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        var completed: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() { StandardOutput.write(line: Root.completionScript(for: shell.completed)) }
}

/// The names of the pins, for the shell to complete.
enum PinNames {
    static let completion = CompletionKind.custom { arguments, _, _ in
        (try? store(arguments).read().pins.names.map(\.text)) ?? []
    }

    /// The lock that a command line is about, which may name the folder.
    static func store(_ arguments: [String]) -> LockStore {
        let marks = [
            "-d": LockLocation.directory, "--directory": LockLocation.directory, "--lock-file": LockLocation.file,
        ]
        var location: LockLocation?
        for (argument, next) in zip(arguments, arguments.dropFirst()) {
            if let make = marks[argument] { location = make(next) }
        }
        return LockStore(location: location ?? Session.location(of: Environment.read()))
    }
}

/// The groups that pins are in, for the shell to complete.
enum PinGroups {
    static let completion = CompletionKind.custom { arguments, _, _ in
        Set((try? PinNames.store(arguments).read().pins.compactMap(\.pin.source.group)) ?? []).sorted()
    }
}

/// How sources are written, for the shell to complete: the short names, and how the other notations begin.
enum SourceNotations {
    static let completion = CompletionKind.custom { _, _, _ in
        let environment = Environment.read()
        let settings = Settings(location: Session.location(of: environment), environment: environment)
        return settings.offeredShortNames().names
            + SourceTypes.all.flatMap { $0.schemes }.map { $0 + ($0.contains("+") ? "://" : ":") }
    }
}
