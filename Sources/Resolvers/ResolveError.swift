public import OCI
public import Versions

/// Why a source cannot be resolved.
public enum ResolveError: Error, Equatable, Sendable {
    /// A `type` that this version does not know.
    case unknownType(String)
    /// A field that changes what the source means, and that this version cannot honour.
    case unsupportedField(String, type: String)
    /// Neither a notation of a source nor a short name; `nearest` are the short names that are spelled nearly so.
    case unknownNotation(String, nearest: [String])
    /// A short name of a person's own that stands for something without a scheme, which is no notation.
    case shortNameOfShortName(String, String)
    /// A notation that lacks a part or has one too many; `form` is how it should look.
    case malformedNotation(String, form: String)
    /// A text that cannot be the name, tag or digest of an image, and why.
    case malformedImage(String, OCIError)
    /// A parameter after `?` that the notation does not have.
    case unknownParameter(String, in: String)
    /// An option that does not go with this source.
    case optionDoesNotFit(String, source: String)
    /// A channel that its host does not have; `nearest` are those it has that may have been meant.
    case channelNotFound(String, url: String, nearest: [String])
    /// A file that a channel does not have.
    case artifactNotFound(String, channel: String, url: String)
    /// A link to what never changes that says something which cannot be.
    case malformedLink(parameter: String, url: String)
    /// No branch or tag of that name, nor anything else that the server shows.
    case refNotFound(String, url: String)
    /// A branch where a tag or revision was asked for; the commit is where it is now.
    case branchIsNotFixed(String, revision: String, url: String)
    /// A URL of a server that shows strangers neither what is there nor what kind of server it is.
    case closedToStrangers(url: String)
    /// A page about a repository, such as its issues, and no source.
    case webPage(String, repository: String)
    /// No tag of the repository can be taken for a release: what was seen, and the range that was asked for.
    case noRelease(ReleaseChoice, range: String?, url: String)
    /// A text that is no range, or an upper bound that is no version or goes with no version of the range.
    case malformedRange(String, VersionRangeError, from: RangePlace)
    /// The default branch was meant, and the repository has no commit yet.
    case emptyRepository(url: String)
    /// The default branch was meant, and the server does not say which it is.
    case noDefaultBranch(url: String)

    // Registries.

    /// A package that its registry does not have, as `pypi:NAME`.
    case packageNotFound(String, url: String)
    /// A version that the registry does not list; `newest` is the newest that it does.
    case versionNotFound(String, package: String, newest: String?, url: String)
    /// None of the versions can be taken: what was seen, and the range that was asked for.
    case noVersion(of: String, ReleaseChoice, range: String?, url: String)
    /// A version without a file of the kind that is wanted; `what` is such as `no source archive`.
    case noFile(of: String, version: String, what: String)
    /// An answer that is not what the registry is documented to give.
    case malformedAnswer(url: String, AnswerFault)
}

/// Where a range comes from.
public enum RangePlace: Equatable, Sendable {
    case rangeOption
    case upperBoundOption
    /// The `source` of a pin.
    case lock
}
