internal import Git
internal import JSON
internal import Lockfile

/// What a repository's pin has in its tree besides the files of the commit itself.
public struct TreeContents: Hashable, Sendable {
    /// Whether submodules are in their places, and theirs.
    public var submodules: Bool
    /// Whether the objects of Git LFS stand for the pointers to them.
    public var lfs: Bool

    public init(submodules: Bool = false, lfs: Bool = false) {
        self.submodules = submodules
        self.lfs = lfs
    }

    /// Neither, which is what a forge's archive has.
    static let plain = TreeContents()

    /// - Throws: `LockfileError`
    init(_ source: Source) throws {
        self.init(
            submodules: try source.boolean("submodules") ?? false, lfs: try source.boolean("lfs") ?? false)
    }

    /// What the options and the parameters of a command line ask for; `=0` in the notation forbids the option.
    /// - Throws: `ResolveError.optionDoesNotFit`
    init(_ options: SourceOptions, _ parameters: GitURL.Parameters, in notation: String) throws(ResolveError) {
        for (name, option, parameter) in [
            ("submodules", options.submodules, parameters.submodules), ("lfs", options.lfs, parameters.lfs),
        ] {
            if let option, let parameter, option != parameter {
                throw .optionDoesNotFit("\(option ? "--" : "--no-")\(name)", source: notation)
            }
        }
        self.init(
            submodules: options.submodules ?? parameters.submodules ?? false,
            lfs: options.lfs ?? parameters.lfs ?? false)
    }

    /// The same with what some options ask for.
    func changed(by options: SourceOptions) -> TreeContents {
        TreeContents(submodules: options.submodules ?? submodules, lfs: options.lfs ?? lfs)
    }

    /// What there is besides the commit's own files, behind the name of a repository.
    var summary: String {
        let all = (submodules ? ["submodules"] : []) + (lfs ? ["LFS objects"] : [])
        return all.isEmpty ? "" : " with " + all.joined(separator: " and ")
    }

    /// The fields of `source`; what is not asked for has none.
    var fields: JSONObject {
        var fields: JSONObject = [:]
        if submodules { fields["submodules"] = true }
        if lfs { fields["lfs"] = true }
        return fields
    }
}
