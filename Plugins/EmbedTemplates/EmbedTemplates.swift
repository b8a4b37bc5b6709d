import Foundation
import PackagePlugin

/// Puts the files below `templates/` into the program: the module that uses this gets `EmbeddedFile.all`.
///
/// `.embedInCode` cannot do it: it knows one file of a name, no folders and no executable bits.
@main
struct EmbedTemplates: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let root = context.package.directoryURL.appending(path: "templates")
        // Every file by its name, so that a changed one, a new one and one that is gone have the code made again.
        // What Finder and editors leave there is none of them: it, or a folder above it, has a name with a dot in front, or
        // `~` at the end.
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path)
            .filter { path in
                guard path.split(separator: "/").allSatisfy({ !$0.hasPrefix(".") && !$0.hasSuffix("~") })
                else { return false }
                // Nor is what leads to a folder, as `pins` does; of any other symbolic link the tool says that it is no file.
                var isFolder: ObjCBool = false
                let isThere = FileManager.default.fileExists(
                    atPath: root.appending(path: path).path, isDirectory: &isFolder)
                return !isThere || !isFolder.boolValue
            }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let code = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
        return [
            .buildCommand(
                displayName: "Embedding templates",
                executable: try context.tool(named: "EmbedTemplatesTool").url,
                arguments: [code.path, root.path] + paths,
                inputFiles: paths.map { root.appending(path: $0) },
                outputFiles: [code])
        ]
    }
}
