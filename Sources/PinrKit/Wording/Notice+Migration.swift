internal import Migration

extension Notice {
    /// What a person should know about a pin that goes from one tool to another.
    init(_ remark: ForeignRemark, pin name: String) {
        switch remark {
        case .staysAtURL(let template):
            self.init(
                "it stays at its URL, because nothing is known that follows `\(printable(template))`", pin: name,
                hint: "`pinr add --force` pins something that moves in its place, such as the repository")
        case .staysAtRef(let ref):
            self.init(
                "it stays at its revision, because `\(printable(ref))` is no branch", pin: name,
                hint: "`pinr set` changes what it follows")
        case .leftOut(let names):
            let list = names.prefix(10).map { "`\(printable($0))`" }.joined(separator: ", ")
            self.init(
                "\(list)\(names.count > 10 ? ", …" : "") of it \(names.count == 1 ? "has" : "have") no place in a pin",
                pin: name, hint: "what reads that in Nix has to get it from somewhere else")
        case .otherRevision(let stated, let url):
            self.init(
                "`\(printable(stated))` is said to be its revision, but is not that of `\(printable(url))`, which is what "
                    + "was hashed and is pinned", pin: name)
        case .notFollowed(let source):
            self.init(
                "the tool does not follow \(printable(source.summary)): there it stays where it is", pin: name)
        case .movesThere:
            self.init("it stays where it is here, and the tool moves it when it updates", pin: name)
        }
    }
}
