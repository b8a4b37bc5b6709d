internal import Lockfile

/// The templates that there are.
public struct TemplateCatalogue: Sendable {
    /// All of them, in the order of their names.
    public let templates: [Template]

    /// Those that the program carries.
    /// - Throws: `TemplateError`, for a manifest that is none; that the program's own are in order, its tests see to.
    public static func embedded() throws(TemplateError) -> TemplateCatalogue {
        try TemplateCatalogue(of: EmbeddedFile.all)
    }

    /// - Parameter files: what is below `templates/`.
    /// - Throws: `TemplateError`
    public init(of files: [EmbeddedFile]) throws(TemplateError) {
        let byPath = Dictionary(files.map { ($0.path, $0) }) { $1 }
        var read: [(manifest: TemplateManifest, template: Template)] = []
        for file in files where file.path.hasSuffix("/\(TemplateManifest.name)") {
            let manifest = try TemplateManifest(file.text, at: file.path)
            read.append((manifest, try manifest.template(of: byPath)))
        }
        let names = Set(read.map(\.template.name))
        for (manifest, template) in read {
            for (index, need) in template.needs.enumerated() where !names.contains(need) {
                throw manifest.unknownNeed(index, need)
            }
        }
        templates = read.map(\.template).sorted { $0.name < $1.name }
    }

    /// Whether a text is the name of a template or of a group.
    public func has(_ name: String) -> Bool { template(name) != nil || !members(of: name).isEmpty }

    /// The names that a mistyped one may have meant, the likeliest first; at most three.
    public func nearestNames(to text: String) -> [String] {
        let names = templates.map(\.name)
        let groups = Set(names.compactMap { $0.contains("/") ? String($0.prefix { $0 != "/" }) : nil })
        return NearestNames.of(text, among: names + groups.sorted(), text: { $0 })
    }

    /// The template of that name.
    /// - Throws: `TemplateError.noSuchTemplate`, `.group`
    public subscript(name: String) -> Template {
        get throws(TemplateError) {
            if let template = template(name) { return template }
            let members = members(of: name)
            guard members.isEmpty else { throw .group(name, members: members) }
            throw .noSuchTemplate(name, nearest: nearestNames(to: name))
        }
    }

    /// Templates and all that they need, each once, and what is needed first.
    /// - Throws: `TemplateError.noSuchTemplate`, `.group`; `.destinationTaken`, `.pinTaken` where they do not go together.
    public func selection(of names: [String]) throws(TemplateError) -> TemplateSelection {
        var (found, seen): ([Template], Set<String>) = ([], [])
        // Two that need each other are no mistake: they come together.
        func visit(_ name: String) throws(TemplateError) {
            guard seen.insert(name).inserted else { return }
            let template = try self[name]
            for need in template.needs { try visit(need) }
            found.append(template)
        }
        for name in names { try visit(name) }
        return try TemplateSelection(found)
    }

    private func template(_ name: String) -> Template? { templates.first { $0.name == name } }

    /// The names of the templates in a folder of them: those of `ci` are `ci/github` and others.
    private func members(of group: String) -> [String] {
        templates.map(\.name).filter { !group.isEmpty && $0.hasPrefix("\(group)/") }
    }
}

/// Templates that are applied together.
public struct TemplateSelection: Sendable, Equatable {
    /// The templates, what is needed first.
    public let templates: [Template]
    /// Their files, each place once, in the order of the places.
    public let files: [TemplateFile]
    /// Their pins, each name once, in the order of the names.
    public let pins: [TemplatePin]

    /// - Throws: `TemplateError.destinationTaken`, `.pinTaken`
    init(_ templates: [Template]) throws(TemplateError) {
        var (files, pins): ([String: TemplateFile], [PinName: TemplatePin]) = ([:], [:])
        func owners(_ isOne: (Template) -> Bool) -> [String] { templates.filter(isOne).map(\.name) }
        for template in templates {
            for file in template.files {
                // One file of two templates, such as the script that the jobs of every forge run, is no clash.
                if let other = files[file.destination], other != file {
                    let place = file.destination
                    throw .destinationTaken(place, by: owners { $0.files.contains { $0.destination == place } })
                }
                files[file.destination] = file
            }
            for pin in template.pins {
                if let other = pins[pin.name], other != pin {
                    throw .pinTaken(pin.name.text, by: owners { $0.pins.contains { $0.name == pin.name } })
                }
                pins[pin.name] = pin
            }
        }
        self.templates = templates
        self.files = files.values.sorted { $0.destination.utf8.lexicographicallyPrecedes($1.destination.utf8) }
        self.pins = pins.values.sorted { $0.name < $1.name }
    }
}
