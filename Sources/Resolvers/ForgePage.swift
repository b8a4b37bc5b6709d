/// What a page on a forge is about: a repository, and what of it.
struct ForgePage {
    /// What of a repository a page shows, still percent-encoded.
    enum Subject {
        /// The repository itself.
        case whole
        /// What is called so; whether that is a branch, a tag or a revision is not in the address.
        case named(String)
        case branch(String)
        case tag(String)
        /// Nothing that could be fetched: the issues, one file, a list of releases.
        case noSource
    }

    let owner: String
    let repo: String
    let subject: Subject

    init(_ owner: String, _ repo: String, _ subject: Subject) {
        self.owner = owner
        self.repo = repo
        self.subject = subject
    }

    /// What is followed of the repository; nil when the page is no source.
    /// - Throws: `ResolveError.optionDoesNotFit`, `.malformedNotation`
    func tracking(_ options: SourceOptions, notation: String) throws(ResolveError) -> Tracking? {
        func tracking(_ ref: String?) throws(ResolveError) -> Tracking {
            try Tracking(
                ref: try Notation.decoded(ref, in: notation, form: "a link whose name of a branch or tag is text"),
                options: options, notation: notation)
        }
        switch subject {
        case .noSource: return nil
        case .whole: return try tracking(nil)
        case .named(let ref): return try tracking(ref)
        // The address says what it is, and upstream is not asked whether something else is called the same.
        case .branch(let ref):
            guard case .unsettled(let name) = try tracking(ref) else { return nil }
            return .branch(name)
        case .tag(let ref):
            guard case .unsettled(let name) = try tracking(ref) else { return nil }
            return .at(name)
        }
    }
}

extension URLParts {
    /// The parameters of the query, each as it is written; one without a value has an empty one.
    var parameters: [(name: String, value: String)] {
        (query ?? "").split(separator: "&").map { field in
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(pair[0]), pair.count == 2 ? String(pair[1]) : "")
        }
    }

    /// Whether the query says nothing, or nothing but these and where somebody came from.
    func hasNoQuery(but names: Set<String>) -> Bool {
        parameters.allSatisfy { names.contains($0.name) || $0.name.hasPrefix("utm_") }
    }
}
