import ArgumentParser
import JSON
import PinrKit
import Templates

struct TemplateList: PinrCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the templates.")

    @OptionGroup var global: GlobalOptions

    func perform(_ session: Session) async throws -> ExitStatus {
        let templates = try TemplateCatalogue.embedded().templates
        let width = templates.map(\.name.count).max() ?? 0
        session.print(
            json: [
                "templates": .array(
                    templates.map { ["name": .string($0.name), "description": .string($0.description)] })
            ],
            lines: templates.map {
                $0.name + String(repeating: " ", count: width - $0.name.count + 2) + $0.description
            })
        return .done
    }
}
