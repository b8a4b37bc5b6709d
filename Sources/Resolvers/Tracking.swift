internal import Git
internal import JSON
internal import Lockfile
internal import Versions

/// What of a repository is followed.
enum Tracking: Equatable, Sendable {
    /// Whatever the repository's HEAD points to.
    case defaultBranch
    case branch(String)
    /// The highest release tag.
    case release(ReleaseRule)
    /// A tag or a revision, where the pin stays.
    case at(String)
    /// A REF of the notation, of which only upstream can tell what it is.
    case unsettled(String)
    /// The tag, revision or branch where `update --to` takes a pin for once, and the rule that the pin has otherwise, if
    /// it follows releases; never written.
    case visit(String, ReleaseRule?)

    /// - Throws: `LockfileError`, `ResolveError.malformedRange`
    init(_ source: Source) throws {
        if let at = try source.text("at") {
            self = .at(at)
        } else if let rule = try ReleaseRule(source) {
            self = .release(rule)
        } else if let branch = try source.text("branch") {
            self = .branch(branch)
        } else {
            self = .defaultBranch
        }
    }

    /// The fields of `source`.
    var fields: JSONObject {
        switch self {
        case .defaultBranch: [:]
        case .branch(let name): ["branch": .string(name)]
        case .release(let rule): ["release": rule.json]
        case .at(let ref), .unsettled(let ref), .visit(let ref, _): ["at": .string(ref)]
        }
    }

    /// Whether one tag or revision is meant.
    var isFixed: Bool {
        if case .at = self { true } else { false }
    }

    /// Whether a ref is meant that should never move.
    var isTag: Bool {
        if case .at(let ref) = self { ObjectID(hex: ref) == nil } else { false }
    }

    /// Whether versions tell one state from the next, and in which order.
    var versionScheme: VersionScheme? {
        if case .release = self { .release } else { nil }
    }

    /// What the options and the REF of a command line ask for; options win over nothing, and two at once are refused.
    /// - Throws: `ResolveError.optionDoesNotFit`, `.malformedRange`
    init(ref: String?, options: SourceOptions, notation: String) throws(ResolveError) {
        self = try Tracking.defaultBranch.changed(by: options, ref: ref, notation: notation)
    }

    /// The same with what some options ask for in its place; two at once are refused.
    /// - Throws: `ResolveError.optionDoesNotFit`, `.malformedRange`
    func changed(by options: SourceOptions) throws(ResolveError) -> Tracking {
        try changed(by: options, ref: nil, notation: "")
    }

    private func changed(by options: SourceOptions, ref: String?, notation: String) throws(ResolveError) -> Tracking {
        let releases = options.releaseOptions
        let given = [options.branch.map { _ in "--branch" }, releases.first, options.at.map { _ in "--at" }]
            .compactMap(\.self)
        if let first = given.first, ref != nil { throw .optionDoesNotFit(first, source: notation) }
        if given.count > 1 { throw .optionDoesNotFit(given[0], source: given[1]) }
        if options.release == false, let other = releases.first {
            throw .optionDoesNotFit("--no-release", source: other)
        }
        if let branch = options.branch { return .branch(branch) }
        if let at = options.at { return .at(at) }
        if let ref { return .unsettled(ref) }
        if case .release(let rule) = self {
            return options.release == false ? .defaultBranch : .release(try rule.changed(by: options))
        }
        return releases.isEmpty ? self : .release(try ReleaseRule().changed(by: options))
    }

    /// The same at a REF, for once.
    func visiting(_ ref: String) -> Tracking {
        if case .release(let rule) = self { .visit(ref, rule) } else { .visit(ref, nil) }
    }

    /// What is followed, behind the name of a repository.
    var summary: String {
        switch self {
        case .defaultBranch: ""
        case .branch(let name): " branch \(name)"
        case .release(let rule): rule.summary
        case .at(let ref), .unsettled(let ref), .visit(let ref, _): " at \(ref)"
        }
    }
}
