import Foundation
import JSON
import Resolvers
import Support
import Testing

@testable import Templates

/// The program's own templates.
struct EmbeddedFileTests {
    private static let root = "\(packageRoot)/templates"

    @Test func `Everything below templates is in the program, with its mode`() throws {
        var paths: [String] = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: Self.root) {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(Self.root)/\(path)")
            // `pins` is a link to those of this repository, so that it can use its templates where they are.
            guard attributes[.type] as? FileAttributeType != .typeDirectory, path != "pins" else { continue }
            // What Finder and editors leave there.
            guard path.split(separator: "/").allSatisfy({ !$0.hasPrefix(".") && !$0.hasSuffix("~") }) else { continue }
            paths.append(path)
            let file = try #require(EmbeddedFile.all.first { $0.path == path }, "\(path)")
            #expect(FileManager.default.contents(atPath: "\(Self.root)/\(path)") == Data(file.text.utf8), "\(path)")
            let mode = try #require(attributes[.posixPermissions] as? Int)
            // What is executable here is what begins with `#!`, and nothing else.
            #expect(file.isExecutable == (mode & 0o100 != 0), "\(path)")
        }
        #expect(EmbeddedFile.all.map(\.path) == paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    @Test func `Everything is handed out, but for what is about the templates themselves`() throws {
        let catalogue = try TemplateCatalogue.embedded()
        let handedOut = Set(catalogue.templates.flatMap { $0.files.map(\.source) })
        for file in EmbeddedFile.all {
            let name = file.path.split(separator: "/").last
            #expect(
                handedOut.contains(file.path) != (name == "template.json" || name == "README.md"), "\(file.path)")
        }
    }

    @Test func `Each can be applied, and all of them to one project`() throws {
        let catalogue = try TemplateCatalogue.embedded()
        #expect(!catalogue.templates.isEmpty)
        let all = try catalogue.selection(of: catalogue.templates.map(\.name))
        // A file's place is no folder of another one's.
        let places = Set(all.files.map(\.destination))
        for place in places {
            let parts = place.split(separator: "/")
            for count in 1..<parts.count { #expect(!places.contains(parts.prefix(count).joined(separator: "/"))) }
        }
        for template in catalogue.templates {
            #expect(!template.files.isEmpty)
            #expect(try catalogue.selection(of: [template.name]).templates.last == template)
            #expect(template.description.count <= 120 && !template.description.hasSuffix("."))
        }
    }

    @Test func `Each says what to do then, with files that are there`() throws {
        let catalogue = try TemplateCatalogue.embedded()
        for template in catalogue.templates {
            let places = try catalogue.selection(of: [template.name]).files.map(\.destination)
            #expect(!template.next.isEmpty, "\(template.name)")
            for line in template.next {
                #expect(!line.hasSuffix(".") && !line.contains("\n"), "\(line)")
                for path in line.matches(of: /\.?[a-z-]+(\/[a-zA-Z_.-]+)+\.(sh|nix|R|yml)/) {
                    #expect(places.contains(String(path.output.0)), "\(template.name): \(path.output.0)")
                }
            }
        }
    }

    @Test func `Each pin is one that can be added`() throws {
        for template in try TemplateCatalogue.embedded().templates {
            for pin in template.pins {
                #expect(throws: Never.self, "\(template.name): \(pin.source)") {
                    _ = try Notation.parse(pin.source, options: SourceOptions())
                }
            }
        }
    }
}
