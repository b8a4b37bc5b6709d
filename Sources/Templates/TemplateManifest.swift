internal import JSON
internal import Lockfile

/// `template.json`, which says what a folder below `templates/` hands out.
///
///     {"description": "…", "files": {"entrypoint.sh": "alpine/entrypoint.sh"}, "needs": ["…"], "pins": {"alpine": "oci:…"},
///      "next": ["…"]}
///
/// The keys of `files` are paths from the manifest's folder, and its values are paths from that of the project. `needs`,
/// `pins` and `next` may be left out.
struct TemplateManifest {
    static let name = "template.json"

    private let path: String
    /// The folder that it is in, below `templates/`.
    private let folder: String
    private let fields: Fields

    /// - Parameter path: where the manifest is below `templates/`.
    /// - Throws: `TemplateError`
    init(_ text: String, at path: String) throws(TemplateError) {
        self.path = path
        folder = path.split(separator: "/").dropLast().joined(separator: "/")
        do {
            let json = try JSON(parsing: Array(text.utf8))
            fields = try Fields(foreign: json, at: FieldPath())
        } catch let error as JSONError {
            throw .malformed(manifest: path, error)
        } catch {
            throw Self.problem(error, path)
        }
        let known = ["description", "files", "needs", "next", "pins"]
        if let key = fields.object.keys.first(where: { !known.contains($0) }) {
            throw .unknownField(manifest: path, FieldPath(key))
        }
    }

    /// - Parameter files: all that is below `templates/`, by path.
    /// - Throws: `TemplateError`
    func template(of files: [String: EmbeddedFile]) throws(TemplateError) -> Template {
        var handedOut: [TemplateFile] = []
        let (places, sources) = (try read { try $0.required($0.fields, "files") }, try read { try $0.fields("pins") })
        for name in places.object.keys {
            let field = places.path.appending(name)
            guard let file = Self.joined(folder, name).flatMap({ files[$0] }) else {
                throw .missingFile(manifest: path, field)
            }
            let destination = try read { _ in try places.required(places.text, name) }
            guard Self.isDestination(destination) else {
                throw .badDestination(manifest: path, field, destination)
            }
            handedOut.append(
                TemplateFile(
                    source: file.path, destination: destination, isExecutable: file.isExecutable, text: file.text))
        }
        var pins: [TemplatePin] = []
        for name in sources?.object.keys ?? [] {
            guard let sources, let pin = try? PinName(name) else {
                throw .badPinName(manifest: path, FieldPath("pins", name))
            }
            pins.append(TemplatePin(name: pin, source: try read { _ in try sources.required(sources.text, name) }))
        }
        return Template(
            name: folder, description: try read { try $0.required($0.text, "description") },
            files: handedOut.sorted { $0.destination.utf8.lexicographicallyPrecedes($1.destination.utf8) },
            needs: try read { try $0.strings("needs") } ?? [], pins: pins,
            next: try read { try $0.strings("next") } ?? [])
    }

    /// An error about one of the templates that this one needs.
    func unknownNeed(_ index: Int, _ name: String) -> TemplateError {
        .unknownNeed(manifest: path, FieldPath("needs").appending(index), name)
    }

    private func read<Value>(_ body: (Fields) throws -> Value) throws(TemplateError) -> Value {
        do { return try body(fields) } catch { throw Self.problem(error, path) }
    }

    private static func problem(_ error: any Error, _ path: String) -> TemplateError {
        guard case .field(let field, let problem)? = (error as? LockfileError)?.reason else {
            return .field(manifest: path, FieldPath(), .missing)
        }
        return .field(manifest: path, field, problem)
    }

    /// A path from a folder, in which `..` may lead up; nil when it leads out of `templates/`.
    private static func joined(_ folder: String, _ name: String) -> String? {
        var parts = folder.split(separator: "/")
        for part in name.split(separator: "/", omittingEmptySubsequences: false) {
            guard part == ".." else {
                parts.append(part)
                continue
            }
            if parts.popLast() == nil { return nil }
        }
        return parts.joined(separator: "/")
    }

    /// Whether a template may put a file there. The pins are for the commands that write them, and hold for all templates.
    private static func isDestination(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !parts.contains { ["", ".", ".."].contains($0) } && ![".git", "pins"].contains(parts[0])
    }
}
