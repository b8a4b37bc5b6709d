import ArgumentParser
import JSON
import Lockfile
import PinrKit
import Templates

struct TemplateShow: PinrCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what a template has, or one of its files.",
        discussion: "FILE is printed as it is: pinr template show alpine entrypoint.sh | less")

    @Argument(help: "The template.", completion: TemplateNames.completion)
    var name: String

    @Argument(help: "One of its files, by its place in a project or the end of that.")
    var file: String?

    @OptionGroup var global: GlobalOptions

    func perform(_ session: Session) async throws -> ExitStatus {
        let template = try TemplateCatalogue.embedded()[name]
        if let text = file {
            let file = try template.file(named: text)
            session.terminal.clearProgress()
            if session.isJSON {
                var json = Self.json(file)
                json["contents"] = .string(file.text)
                StandardOutput.write(json: .object(json))
            } else {
                StandardOutput.write(text: file.text)
            }
            return .done
        }
        session.print(
            json: [
                "name": .string(template.name), "description": .string(template.description),
                "files": .array(template.files.map { .object(Self.json($0)) }),
                "needs": .array(template.needs.map { .string($0) }),
                "pins": .object(JSONObject(template.pins.map { ($0.name.text, .string($0.source)) })),
                "next": .array(template.next.map { .string($0) }),
            ], lines: Self.lines(template))
        return .done
    }

    private static func json(_ file: TemplateFile) -> JSONObject {
        ["path": .string(file.destination), "executable": .bool(file.isExecutable)]
    }

    private static func lines(_ template: Templates.Template) -> [String] {
        let width = (template.files.map(\.destination.count) + template.pins.map(\.name.text.count)).max() ?? 0
        func row(_ name: String, _ text: String) -> String {
            text.isEmpty ? "    \(name)" : "    \(name)" + String(repeating: " ", count: width - name.count + 2) + text
        }
        var lines = ["\(template.name)", "  \(template.description)", "  files"]
        lines += template.files.map { row($0.destination, $0.isExecutable ? "executable" : "") }
        if !template.needs.isEmpty { lines.append("  needs   \(template.needs.joined(separator: ", "))") }
        if !template.pins.isEmpty {
            lines.append("  pins")
            lines += template.pins.map { row(printable($0.name.text), printable($0.source)) }
        }
        if !template.next.isEmpty { lines += ["  next"] + template.next.map { "    \($0)" } }
        return lines
    }
}
