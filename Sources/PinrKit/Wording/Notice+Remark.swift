internal import Resolvers

extension Notice {
    /// The warning of something that was noticed on the way to a source.
    init(_ remark: Resolution.Remark, pin name: String) {
        switch remark {
        case .mutableURL(let url):
            self.init(
                "`\(url)` did not redirect to a release, so what is behind it will change and the hash with it",
                pin: name, hint: "use a channel host that redirects, as https://channels.nixos.org does")
        case .unknownRevision(let channel):
            self.init("the channel `\(channel)` does not say its revision", pin: name)
        case .noImmutableURL(let url):
            self.init(
                "`\(printable(url))` neither redirects nor links to a URL that never changes, so what is behind it will "
                    + "change and the hash with it", pin: name,
                hint: "Nix refuses the pin from then on, until `pinr update`")
        case .noLastingURL(let url):
            self.init(
                "`\(printable(url))` redirects to no URL that lasts, so it is locked itself: what is behind it will change "
                    + "and the hash with it", pin: name,
                hint: "Nix refuses the pin from then on, until `pinr update`")
        case .branchAndTag(let ref):
            self.init(
                "`\(ref)` is a branch and a tag; the branch is tracked", pin: name,
                hint: "`--at refs/tags/\(ref)` pins the tag")
        case .release(let remark): self.init(remark, pin: name)
        case .sameRelease(let taken, let others):
            let list = others.prefix(5).map { "`\($0)`" }.joined(separator: ", ") + (others.count > 5 ? ", …" : "")
            self.init(
                "the tags `\(taken)` and \(list) are one version, at different commits; `\(taken)` is taken", pin: name,
                hint: "`--at` pins another one, and `--release-prefix` says which tags count")
        case .releaseMoved(let tag, let revision):
            self.init(
                "the tag `\(tag)`, which was locked, now leads to \(revision)", pin: name,
                hint: UpdateDecision.movedTagHint)
        case .releaseGone(let tag):
            self.init(
                "the tag `\(tag)`, which was locked, is gone", pin: name,
                hint: "a tag that goes away is a reason to ask upstream why")
        }
    }
}
