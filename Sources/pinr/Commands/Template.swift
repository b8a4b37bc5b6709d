import ArgumentParser
import JSON
import Lockfile
import PinrKit
import Templates
import Threads

struct Template: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put container and CI files into a project, which take their sources from its pins.",
        subcommands: [TemplateList.self, TemplateShow.self, TemplateApply.self, TemplateDifference.self])
}

/// The names of templates, for the shell to complete.
enum TemplateNames {
    static let completion = CompletionKind.custom { _, _, _ in
        ((try? TemplateCatalogue.embedded())?.templates ?? []).map(\.name)
    }
}

/// Templates and the folder of a project, as `apply` and `diff` take them: `NAME… [DIR]`.
struct TemplateArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Templates, and behind them the project's folder, which is the current one when not given.",
            valueName: "name"),
        completion: TemplateNames.completion)
    var arguments: [String]

    /// The names of the templates, and the folder.
    ///
    /// What stands last and is no template is the folder: one that is called as a template is `./NAME`.
    /// - Throws: `Problem` for what looks like a mistyped name of a template.
    func parsed() async throws -> (names: [String], folder: String) {
        try await onThread { _ in try divided() }
    }

    /// Blocks: it looks whether a folder is there.
    private func divided() throws -> (names: [String], folder: String) {
        guard arguments.count > 1, let last = arguments.last else { return (arguments, ".") }
        let catalogue = try TemplateCatalogue.embedded()
        if catalogue.has(last) { return (arguments, ".") }
        // One name and a folder are that, whatever the folder is called; of a list of names the last may be mistyped. A
        // single letter is near to another one whatever it means.
        let nearest = arguments.count > 2 && last.utf8.count > 1 ? catalogue.nearestNames(to: last) : []
        let isPath = ["/", "./", "../"].contains { last.hasPrefix($0) }
        if !nearest.isEmpty, !isPath, !WrittenFile.isFolder(last) {
            let meant = nearest.map { "`\($0)`" }.joined(separator: " or ")
            throw Problem(
                .usage, "there is neither a template nor a folder `\(printable(last))`",
                hint: "did you mean \(meant)? `./\(printable(last))` is a folder, which is made when it is not there")
        }
        return (Array(arguments.dropLast()), last)
    }

    /// Where the pins are when nothing says it: beside the files. Blocks.
    ///
    /// What is wrong with the arguments, `parsed` says.
    var pinsFolder: String { ProjectFolder((try? divided().folder) ?? ".").path(of: "pins") }

    func validate() throws {
        if arguments.contains("") { throw ValidationError("A template and a folder have a name.") }
    }
}
