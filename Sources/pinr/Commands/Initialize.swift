import ArgumentParser
import JSON
import Lockfile
import Migration
import PinrKit
import SourceTree

struct Initialize: PinrCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make pins.json and default.nix, with a pin of nixpkgs.",
        discussion: "Where they are already, only default.nix is brought up to date.")

    @Flag(help: "Make them without any pin.")
    var bare = false

    @Flag(help: "Replace a default.nix that was edited by hand.")
    var force = false

    @OptionGroup var limitOptions: LimitOptions

    @OptionGroup var global: GlobalOptions

    var limits: TreeLimits { limitOptions.limits }

    func perform(_ session: Session) async throws -> ExitStatus {
        let outcome = try await session.pinr.initialize(isBare: bare, isForced: force)
        let location = session.pinr.context.store.location
        let files = [location.path, location.defaultNixPath].compactMap { $0 }
        session.print(
            json: [
                "created": .bool(outcome.isNew), "files": .array(files.map { .string($0) }),
                "added": .array(outcome.added.map { [.string($0.text)] } ?? []),
                "importable": .array(outcome.importable.map { .string($0.rawValue) }),
            ],
            lines: [
                outcome.isNew
                    ? "made \(files.joined(separator: " and "))" + (outcome.added.map { " with a pin of \($0)" } ?? "")
                    : "\(location.path) is there already"
            ] + outcome.importable.map { suggestion(of: $0, beside: outcome.added) })
        return .done
    }

    /// How to take over what another tool has pinned; what was just added would stand in the way of its namesake.
    private func suggestion(of tool: ForeignTool, beside added: PinName?) -> String {
        let command = "pinr import \(tool.rawValue)" + (added == nil ? "" : " --force")
        return "there is a \(tool.usualPath): `\(command)` takes its pins over"
    }
}
