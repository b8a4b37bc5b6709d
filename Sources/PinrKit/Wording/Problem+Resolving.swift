internal import Resolvers

extension Problem {
    init(_ error: ResolveError) {
        switch error {
        case .unknownType(let type):
            self.init(
                .unsupported, "its source is of the type `\(type)`, which this version of pinr does not know",
                hint: "use the version of pinr that added it, or a newer one")
        case .unsupportedField(let field, let type):
            self.init(
                .unsupported, "`\(field)` of a `\(type)` source is not supported by this version of pinr",
                hint: "use the version of pinr that wrote it, or a newer one")
        case .unknownNotation(let text, let nearest):
            let names = nearest.isEmpty ? "" : "did you mean \(nearest.map { "`\($0)`" }.joined(separator: " or "))? "
            self.init(
                .badSource, "`\(text)` is not a source",
                hint: names + "a source is a short name such as `nixpkgs`, `channel:NAME`, `github:OWNER/REPO[/REF]`, "
                    + "`git+https://…`, or the URL of an archive or a file; `pinr help add` lists them all")
        case .shortNameOfShortName(let name, let notation):
            self.init(
                .badSource,
                "the short name `\(printable(name))` stands for `\(printable(notation))`, which is no source",
                hint: "in registry.json, write out the source that is meant, as `github:OWNER/REPO`")
        case .malformedNotation(let text, let form):
            self.init(.badSource, "`\(text)` is not a source that can be read", hint: "it should look like \(form)")
        case .malformedImage(let text, let error):
            self.init(describing: error)
            code = .badSource
            if hint == nil { hint = "`\(printable(text))` should look like oci:REGISTRY/REPO:TAG" }
        case .unknownParameter(let parameter, let text):
            self.init(.badSource, "`\(parameter)` means nothing in `\(text)`", hint: "leave it out")
        case .optionDoesNotFit(let option, let source):
            self.init(.usage, "`\(option)` does not go with `\(source)`", hint: "leave one of them out")
        case .channelNotFound(let channel, let url, let nearest):
            let names = nearest.map { "`\(printable($0))`" }.joined(separator: " or ")
            self.init(
                .notFound, "there is no channel `\(printable(channel))`", url: url,
                hint: nearest.isEmpty
                    ? "https://channels.nixos.org lists the channels there are" : "did you mean \(names)?")
        case .artifactNotFound(let artifact, let channel, let url):
            self.init(
                .notFound, "the channel `\(printable(channel))` has no `\(printable(artifact))`", url: url,
                hint: "the page of its release lists the files that it has")
        case .malformedLink(let parameter, let url):
            self.init(
                .network,
                "`\(printable(url))` links to what never changes, and says `\(printable(parameter))` of it, which cannot be",
                url: url, hint: "tell whoever runs the server; without `--mutable` the link is not followed")
        case .refNotFound(let ref, let url):
            self.init(
                .notFound, "`\(ref)` is not a branch or tag of `\(url)`", url: url,
                hint: "check how it is spelled: capital letters count, and so does a `v` before a version")
        case .branchIsNotFixed(let ref, let revision, let url):
            self.init(
                .badSource, "`\(printable(ref))` is a branch of `\(printable(url))`, and a branch moves",
                url: url,
                hint: "`--branch` tracks it; `--at \(revision)` stays where it is now")
        case .closedToStrangers(let url):
            self.init(
                .auth, "the server of `\(printable(url))` does not say to a stranger what is there", url: url,
                hint: "say it: `git+\(printable(url))` for a git repository, `file+\(printable(url))` for a file, and "
                    + "`gitlab:GROUP/REPO?host=HOST` or the like for a repository on a forge")
        case .webPage(let url, let repository):
            self.init(
                .badSource, "`\(printable(url))` is a page about a repository", url: url,
                hint: "`\(printable(repository))` pins the repository; `file+\(printable(url))` the page")
        case .noRelease(let choice, let range, let url): self.init(noRelease: choice, range: range, url: url)
        case .malformedRange(let text, let error, let place): self.init(malformedRange: text, error, from: place)
        case .emptyRepository(let url):
            self.init(
                .notFound, "`\(url)` has no commit on its default branch", url: url,
                hint: "push to it first, or name a branch with `--branch`")
        case .noDefaultBranch(let url):
            self.init(
                .notFound, "`\(url)` does not say which branch is its default", url: url,
                hint: "name one with `--branch`")
        case .packageNotFound(let package, let url): self = .packageNotFound(package, url)
        case .versionNotFound(let version, let package, let newest, let url):
            self = .versionNotFound(version, package, newest, url)
        case .noVersion(let package, let choice, let range, let url):
            self = .noVersion(of: package, choice, range, url)
        case .noFile(let package, let version, let what): self = .noFile(of: package, version, what)
        case .malformedAnswer(let url, let fault): self = .malformedAnswer(url, fault)
        }
    }
}
