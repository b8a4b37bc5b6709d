/// What a `.gitmodules` file says of submodules (gitmodules(5)), read as Nix reads it.
///
/// Nix 2.20 and later look at `path`, `url` and `branch` alone. Of a variable that is there twice the first counts; git
/// takes the last. What older versions of Nix, which call git,
/// make of an entry is its `verdictOfGit`.
struct Gitmodules: Sendable, Equatable {
    /// A section of the file.
    struct Entry: Sendable, Equatable {
        let name: [UInt8]
        /// As it is written.
        let writtenPath: [UInt8]
        /// From the top of the tree, as Nix normalises it.
        let path: [UInt8]
        /// Empty when there is none.
        let url: [UInt8]
        let branch: [UInt8]?
        /// `update`, which only git looks at.
        let update: [UInt8]?
        /// Whether `path` or `url` is there twice, and not the same.
        let isAmbiguous: Bool
    }

    /// In Nix's order. Of several with one path the last one's tree is there in the end, but all are fetched.
    let entries: [Entry]

    /// - Throws: `GitmodulesFault`
    init(parsing file: [UInt8]) throws(GitmodulesFault) {
        let config: GitConfig
        do {
            config = try GitConfig(parsing: file)
        } catch {
            throw .malformed(line: error.line)
        }
        if let line = config.ambiguousLine { throw .ambiguous(line: line) }
        let prefix = Array("submodule.".utf8)
        var variables: [[UInt8]: [[UInt8]]] = [:]
        for variable in config.variables {
            if variable.key.starts(with: "include.".utf8) || variable.key.starts(with: "includeif.".utf8) {
                throw .include
            }
            guard variable.key.starts(with: prefix) else { continue }
            let key = Array(variable.key.dropFirst(prefix.count))
            guard let value = variable.value else {
                if ["path", "url", "branch", "update"].contains(where: { key.ends(with: ".\($0)") }) {
                    throw .missingValue(Sanitized.line(variable.key))
                }
                continue
            }
            variables[key, default: []].append(value)
        }
        let ending = Array(".path".utf8)
        let keys = variables.keys.filter { $0.suffix(ending.count) == ending[...] }
        entries = keys.sorted { $0.lexicographicallyPrecedes($1) }.compactMap { key in
            let name = key.dropLast(ending.count)
            guard let paths = variables[key], let path = paths.first else { return nil }
            let urls = variables[name + Array(".url".utf8)] ?? []
            return Entry(
                name: Array(name), writtenPath: path, path: Self.normalized(path), url: urls.first ?? [],
                branch: variables[name + Array(".branch".utf8)]?.first,
                update: variables[name + Array(".update".utf8)]?.last,
                isAmbiguous: Set(paths).count > 1 || Set(urls).count > 1)
        }
    }

    /// A path without empty and `.` components, and with `..` taken for what it says.
    private static func normalized(_ path: [UInt8]) -> [UInt8] {
        var components: [ArraySlice<UInt8>] = []
        for component in path.split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                _ = components.popLast()
            } else {
                components.append(component)
            }
        }
        return Array(components.joined(separator: "/".utf8))
    }
}

/// Why the submodules of a repository cannot be told from its `.gitmodules`.
public enum GitmodulesFault: Error, Sendable, Equatable {
    /// A link, a folder or a submodule, none of which git and Nix read.
    case notAFile
    /// More bytes than any list of submodules has.
    case tooLong
    /// A line that is not in git's configuration syntax, by its number from one.
    case malformed(line: Int)
    /// A line that git and Nix read differently, by its number from one.
    case ambiguous(line: Int)
    /// A variable without a value, which git refuses; its name.
    case missingValue(String)
    /// It includes other files, which git does not read and Nix might.
    case include
}

extension Gitmodules.Entry {
    /// What git itself makes of an entry.
    enum GitVerdict: Equatable {
        /// Git takes it as Nix does.
        case same
        /// Git leaves the folder empty.
        case leftEmpty
        /// Git finds no URL for the submodule, or dies of the entry.
        case refused
    }

    var verdictOfGit: GitVerdict {
        // gitmodules(5): a command is not allowed there.
        let updates = ["checkout", "rebase", "merge", "none"].map { Array($0.utf8) }
        if let update, !updates.contains(update) { return .refused }
        if isAmbiguous || writtenPath != path || !isNameOfGit || path.first == UInt8(ascii: "-") { return .refused }
        return update == Array("none".utf8) ? .leftEmpty : .same
    }

    /// Git makes a folder of that name, so that it must not lead anywhere else.
    private var isNameOfGit: Bool {
        let components = name.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\")
        }
        return !name.isEmpty && !components.contains { $0.elementsEqual("..".utf8) }
    }
}
