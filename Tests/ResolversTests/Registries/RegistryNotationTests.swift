import JSON
import Lockfile
import Resolvers
import Support
import Testing

/// How packages of registries are written, and what `set` makes of them.
struct RegistryNotationTests {
    static let rows: [(String, SourceOptions, String, String)] = [
        ("pypi:requests", options(), #"{"name":"requests","type":"pypi"}"#, "requests"),
        ("pypi:Zope.Interface__x", options(), #"{"name":"zope-interface-x","type":"pypi"}"#, "zope-interface-x"),
        ("PYPI:a", options(wheel: true), #"{"name":"a","type":"pypi","wheel":true}"#, "a"),
        ("pypi:a", options(unpack: true), #"{"name":"a","type":"pypi","unpack":true}"#, "a"),
        ("pypi:a", options(unpack: false), #"{"name":"a","type":"pypi"}"#, "a"),
        ("pypi:a", options(range: " >= 1.2 , < 2 "), #"{"name":"a","range":">=1.2,<2","type":"pypi"}"#, "a"),
        ("pypi:a", options(upperBound: "2"), #"{"name":"a","range":"<2","type":"pypi"}"#, "a"),
        ("pypi:a", options(range: ">=1", upperBound: "2"), #"{"name":"a","range":">=1,<2","type":"pypi"}"#, "a"),
        ("pypi:a", options(preReleases: true), #"{"name":"a","preReleases":true,"type":"pypi"}"#, "a"),
        ("pypi:a", options(at: "1.0"), #"{"at":"1.0","name":"a","type":"pypi"}"#, "a"),
        (
            "crates:serde_json", options(range: "^1.0"), #"{"name":"serde_json","range":"^1.0","type":"crates"}"#,
            "serde_json"
        ),
        ("npm:@babel/core", options(), #"{"name":"@babel/core","type":"npm"}"#, "core"),
        ("npm:left-pad", options(at: "1.3.0"), #"{"at":"1.3.0","name":"left-pad","type":"npm"}"#, "left-pad"),
        ("rubygems:rails", options(range: "~>7.0"), #"{"name":"rails","range":"~>7.0","type":"rubygems"}"#, "rails"),
        ("hackage:aeson-pretty", options(), #"{"name":"aeson-pretty","type":"hackage"}"#, "aeson-pretty"),
        (
            "cran:data.table", options(upperBound: "1.15-2"), #"{"name":"data.table","range":"<1.15-2","type":"cran"}"#,
            "data.table"
        ),
        ("https://pypi.org/project/Requests/", options(), #"{"name":"requests","type":"pypi"}"#, "requests"),
        ("https://crates.io/crates/serde", options(), #"{"name":"serde","type":"crates"}"#, "serde"),
        ("https://www.npmjs.com/package/@babel/core", options(), #"{"name":"@babel/core","type":"npm"}"#, "core"),
        ("https://rubygems.org/gems/rake", options(), #"{"name":"rake","type":"rubygems"}"#, "rake"),
        ("https://hackage.haskell.org/package/lens", options(), #"{"name":"lens","type":"hackage"}"#, "lens"),
        ("https://cran.r-project.org/package=dplyr", options(), #"{"name":"dplyr","type":"cran"}"#, "dplyr"),
        (
            "https://cran.r-project.org/web/packages/dplyr/index.html", options(), #"{"name":"dplyr","type":"cran"}"#,
            "dplyr"
        ),
        // Files are files.
        (
            "https://rubygems.org/gems/rake-13.0.0.gem", options(),
            #"{"type":"file","url":"https://rubygems.org/gems/rake-13.0.0.gem"}"#, "rake-13.0.0.gem"
        ),
    ]

    @Test(arguments: rows)
    func `What is understood`(text: String, options: SourceOptions, json: String, name: String) throws {
        let source = try Notation.parse(text, options: options)
        #expect(String(decoding: source.source.json.serializedCompactly(), as: UTF8.self) == json)
        #expect(source.suggestedName == name)
        // As it was written it is read.
        let again = try SourceTypes.read(source.source)
        #expect(again.source == source.source && again.summary == source.summary)
    }

    @Test(arguments: [
        "pypi:", "pypi:../x", "pypi:a/b", "pypi:-a", "pypi:a-", "pypi:a b", "pypi:a?b", "pypi:a#b", "pypi:é",
        "pypi:a==1",
        "pypi://a", "pypi:.", "crates:", "crates:1a", "crates:a.b", "crates:a/b", "crates:../a", "npm:", "npm:@a",
        "npm:@/a",
        "npm:@a/", "npm:a/b", "npm:@a/b/c", "npm:.a", "npm:_a", "npm:..", "npm:@../a", "npm:@a/..", "npm:a@1",
        "npm:a%2fb",
        "rubygems:", "rubygems:.a", "rubygems:a/b", "rubygems:-a", "rubygems:..", "hackage:", "hackage:a-1",
        "hackage:1",
        "hackage:a--b", "hackage:a.b", "hackage:a_b", "hackage:../a", "cran:", "cran:a", "cran:1a", "cran:a-b",
        "cran:a.",
        "cran:a_b", "cran:..",
    ])
    func `What can be no package's name is refused`(text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let shown = parts[1].isEmpty ? text : String(parts[1])
        #expect {
            try Notation.parse(text, options: SourceOptions())
        } throws: { error in
            if case .malformedNotation(shown, _) = error as? ResolveError { true } else { false }
        }
        let source = Source(type: String(parts[0]), fields: ["name": .string(String(parts[1]))])
        #expect(throws: LockfileError.self) { try SourceTypes.read(source) }
    }

    static let misfits: [(String, SourceOptions, String, String)] = [
        ("pypi:a", options(range: "<2", at: "1"), "--range", "--at"),
        ("pypi:a", options(upperBound: "2", at: "1"), "--upper-bound", "--at"),
        ("pypi:a", options(preReleases: true, at: "1"), "--pre-releases", "--at"),
        ("crates:a", options(wheel: true), "--wheel", "crates:a"),
        ("pypi:a", SourceOptions(branch: "b"), "--branch", "pypi:a"),
        ("npm:a", SourceOptions(submodules: true), "--submodules", "npm:a"),
        ("cran:aa", SourceOptions(host: "h"), "--host", "cran:aa"),
    ]

    @Test(arguments: misfits)
    func `An option that does not go with the source is refused`(
        text: String, options: SourceOptions, option: String, with: String
    ) {
        #expect(throws: ResolveError.optionDoesNotFit(option, source: with)) {
            try Notation.parse(text, options: options)
        }
    }

    @Test(arguments: [("pypi:a", "2"), ("pypi:a", ","), ("npm:a", "<x"), ("crates:a", "~=1.0"), ("cran:aa", ">=2,<1")])
    func `What is no range is refused`(text: String, range: String) {
        #expect {
            try Notation.parse(text, options: options(range: range))
        } throws: { error in
            if case .malformedRange(range, _, from: .rangeOption) = error as? ResolveError { true } else { false }
        }
    }

    static let changes: [(SourceOptions, SourceOptions, JSONObject)] = [
        (options(range: "<2"), options(at: "1.5"), ["at": "1.5"]),
        (options(at: "1.5"), options(range: ">=1"), ["range": ">=1"]),
        (
            options(range: ">1,<2", preReleases: true), options(upperBound: "3"),
            ["range": ">1,<3", "preReleases": true]
        ),
        (options(range: "<2"), options(preReleases: true), ["range": "<2", "preReleases": true]),
        (options(range: "<2", preReleases: true), options(preReleases: false), ["range": "<2"]),
        (options(range: "<2"), options(wheel: true, unpack: true), ["range": "<2", "wheel": true, "unpack": true]),
        (options(range: "<2"), options(range: ""), [:]),
        (options(at: "1.5"), options(upperBound: "3"), ["range": "<3"]),
        (options(range: "<2", wheel: true), options(), ["range": "<2", "wheel": true]),
    ]

    @Test(arguments: changes)
    func `Options of set take the place of what was said before`(
        before: SourceOptions, change: SourceOptions, fields: JSONObject
    ) throws {
        let source = try Notation.parse("pypi:a", options: before).changed(by: change)
        var expected = fields
        expected["name"] = "a"
        #expect(source.source == Source(type: "pypi", fields: expected))
    }
}
