internal import Migration
internal import Resolvers
internal import Transfer

extension Notice {
    /// What another tool did with a pin, and pinr does not.
    init(_ remark: ForeignRemark, _ source: any SourceType, pin name: String) {
        switch remark {
        case .registry(let entry):
            self.init(
                "`\(printable(entry))` was looked up in the registry of flakes; from now on "
                    + "`\(printable(source.summary))` is tracked", pin: name)
        case .signedCommits:
            self.init(
                "the signatures of its commits were compared with keys, and are not any more", pin: name,
                hint: "the hash still says that nothing but the locked tree is used")
        case .storeName(let storeName):
            self.init(
                "its store path was called `\(printable(storeName))`, and is called as that of any pin now", pin: name)
        case .staysAtURL(let template):
            self.init(
                "it stays at its URL, because nothing is known that follows `\(printable(Self.withoutSecrets(template)))`",
                pin: name,
                hint: "`pinr set \(printable(name)) SOURCE` makes it something that moves, such as the repository")
        case .staysAtRef(let ref):
            self.init(
                "it stays at its revision, because `\(printable(ref))` is no branch", pin: name,
                hint: "`pinr set` changes what it follows")
        case .leftOut(let names):
            let list = names.prefix(10).map { "`\(printable($0))`" }.joined(separator: ", ")
            self.init(
                names.count == 1
                    ? "its attribute \(list) has no place in a pin"
                    : "its attributes \(list)\(names.count > 10 ? ", …" : "") have no place in a pin",
                pin: name,
                hint: "what reads \(names.count == 1 ? "it" : "them") in Nix has to get that from somewhere else")
        case .otherRevision(let stated, let url):
            self.init(
                "`\(printable(stated))` is said to be its revision, but is not that of `\(printable(url))`, which is what "
                    + "was hashed and is pinned", pin: name)
        case .inputsFollow(let inputs):
            let followed = inputs.map { following in
                let target = following.path.isEmpty ? "the flake itself" : "`\(following.path.joined(separator: "/"))`"
                return "its input `\(following.input)` follow \(target)"
            }
            // What lies deeper than the flake's own inputs has no pin.
            let overrides = inputs.filter { $0.path.count == 1 }.map {
                "inputs.\(Self.attribute($0.input)) = sources.\(Self.attribute($0.path[0]));"
            }
            self.init(
                "the flake has \(followed.joined(separator: ", "))", pin: name,
                hint: overrides.isEmpty
                    ? "in Nix, `sources.\(Self.attribute(name)) { inputs.… = …; }` says what an input is"
                    : "in Nix, that is `sources.\(Self.attribute(name)) { \(overrides.joined(separator: " ")) }`"
            )
        }
    }

    /// A pin that is here already, and is locked to something else than the other tool has.
    static func staysHere(at here: String, notAt there: String, pin name: String) -> Notice {
        Notice(
            "it is here already and stays at \(printable(here)); there it is at \(printable(there))", pin: name,
            hint: "`--force` takes it from there")
    }

    /// A URL, or something that becomes one, without a password, and without a query that has a token in it.
    private static func withoutSecrets(_ url: String) -> String {
        let url = URLText.withoutCredentials(url)
        return ExpiringURL.isOne(url) ? URLText.withoutQuery(url) : url
    }

    private static let keywords: Set<String> = [
        "assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with",
    ]

    /// A name as an attribute in Nix.
    private static func attribute(_ name: String) -> String {
        let isPlain = name.utf8.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): index > 0
            default: false
            }
        }
        if isPlain && !name.isEmpty && !keywords.contains(name) { return name }
        let escaped = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("${", with: "\\${")
        return "\"\(escaped)\""
    }
}

extension Notice {
    /// The lock has the right hash of an archive, and the wrong word for what is at its top: other tools do not write it down.
    static func stripRootMissing(pin name: String, isStripped: Bool) -> Notice {
        Notice(
            "its archive has \(isStripped ? "one" : "no single") top-level directory, which the lock does not say, and "
                + "`fetchzip` of `sources.NAME { inherit pkgs; }` needs", pin: name,
            hint: "`pinr update --refetch \(printable(name))` writes it into the lock; its hash is right")
    }
}
