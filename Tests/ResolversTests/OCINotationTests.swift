import JSON
import Lockfile
import OCI
import Resolvers
import Testing

/// How container images are written, and what becomes of it.
struct OCINotationTests {
    private static let digest = "sha256:" + String(repeating: "0a", count: 32)

    private static func options(
        at: String? = nil, arch: String? = nil, os: String? = nil, _ change: (inout SourceOptions) -> Void = { _ in }
    ) -> SourceOptions {
        var options = SourceOptions(at: at)
        options.arch = arch
        options.os = os
        change(&options)
        return options
    }

    private static func image(
        _ name: String, _ tag: String = "latest", arch: String = "amd64", os: String = "linux", at: String? = nil
    ) -> JSON {
        var fields: JSONObject = [
            "image": .string(name), "tag": .string(tag), "arch": .string(arch), "os": .string(os), "type": "oci",
        ]
        fields["at"] = at.map { .string($0) }
        return .object(fields)
    }

    static let notations: [(String, SourceOptions, JSON)] = [
        ("oci:alpine", options(), image("docker.io/library/alpine")),
        ("oci:alpine:3.20", options(), image("docker.io/library/alpine", "3.20")),
        ("oci:nixos/nix:2.26.3", options(), image("docker.io/nixos/nix", "2.26.3")),
        ("oci:docker.io/library/alpine:3", options(), image("docker.io/library/alpine", "3")),
        ("oci:index.docker.io/alpine:3", options(), image("docker.io/library/alpine", "3")),
        ("oci:ghcr.io/o/r/x:v1", options(), image("ghcr.io/o/r/x", "v1")),
        ("oci:localhost:5000/x", options(), image("localhost:5000/x")),
        ("oci:127.0.0.1:5000/x/y:1_2.3-4", options(), image("127.0.0.1:5000/x/y", "1_2.3-4")),
        ("OCI:quay.io/a/b:c", options(), image("quay.io/a/b", "c")),
        ("oci:alpine:3@\(digest)", options(), image("docker.io/library/alpine", "3", at: digest)),
        ("oci:alpine@\(digest)", options(), image("docker.io/library/alpine", at: digest)),
        ("oci:alpine", options(arch: "arm64"), image("docker.io/library/alpine", arch: "arm64")),
        ("oci:x/y:1", options(arch: "amd64", os: "windows"), image("docker.io/x/y", "1", os: "windows")),
        ("oci:alpine:3", options(at: digest), image("docker.io/library/alpine", "3", at: digest)),
    ]

    @Test(arguments: notations)
    func `What is understood`(text: String, options: SourceOptions, json: JSON) throws {
        #expect(try Notation.parse(text, options: options).source.json == json)
    }

    @Test(arguments: [
        "oci:", "oci:Alpine", "oci:alpine:", "oci:alpine:a b", "oci:alpine@sha256:12", "oci:ghcr.io/",
        "oci://ghcr.io/x",
        "oci:a/../b", "oci:alpine:3@sha512:\(String(repeating: "a", count: 128))", "oci:al pine",
        "oci:\(String(repeating: "a", count: 64))",
    ])
    func `What no image can be called is refused`(text: String) {
        #expect {
            try Notation.parse(text, options: SourceOptions())
        } throws: { error in
            if case .malformedImage(text, _) = error as? ResolveError { true } else { false }
        }
    }

    @Test func `An option that does not go with an image is refused`() {
        let digested = "oci:alpine@\(Self.digest)"
        let misfits: [(String, SourceOptions, ResolveError)] = [
            (digested, Self.options(at: "3"), .optionDoesNotFit("--at", source: digested)),
            ("oci:a", Self.options { $0.branch = "b" }, .optionDoesNotFit("--branch", source: "oci:a")),
            ("oci:a", Self.options { $0.submodules = true }, .optionDoesNotFit("--submodules", source: "oci:a")),
            ("oci:a", Self.options { $0.unpack = false }, .optionDoesNotFit("--no-unpack", source: "oci:a")),
            ("github:o/r", Self.options(arch: "arm64"), .optionDoesNotFit("--arch", source: "github:o/r")),
            ("nixpkgs", Self.options(os: "linux"), .optionDoesNotFit("--os", source: "channel:nixpkgs-unstable")),
            (
                "oci:a", Self.options(arch: "arm/v7"),
                .malformedNotation("arm/v7", form: "one word, such as linux or arm64")
            ),
        ]
        for (text, options, error) in misfits {
            #expect(throws: error) { try Notation.parse(text, options: options) }
        }
        #expect(throws: ResolveError.self) { try Notation.parse("oci:a", options: Self.options(at: "a b")) }
    }

    @Test func `A pin is called after the repository`() throws {
        for (text, name) in [
            ("oci:alpine:3", "alpine"), ("oci:ghcr.io/o/r/x-y", "x-y"), ("oci:localhost:5000/a.b", "a.b"),
        ] {
            #expect(try Notation.parse(text, options: SourceOptions()).suggestedName == name)
        }
    }

    @Test func `A digest is where a pin stays`() throws {
        #expect(try !Notation.parse("oci:alpine", options: SourceOptions()).isFixed)
        #expect(try Notation.parse("oci:alpine@\(Self.digest)", options: SourceOptions()).isFixed)
    }

    @Test(arguments: [
        ("image", "Alpine"), ("image", "a b"), ("tag", "a b"), ("tag", ""), ("at", "sha256:1"), ("at", "3.20"),
        ("os", "a/b"), ("arch", ".."),
    ])
    func `A field that is not what it should be is named`(field: String, text: String) {
        var fields: JSONObject = ["image": "docker.io/library/alpine", "tag": "3", "os": "linux", "arch": "amd64"]
        fields[field] = .string(text)
        #expect {
            try SourceTypes.read(Source(type: "oci", fields: fields))
        } throws: { error in
            guard case .field(let path, _) = (error as? LockfileError)?.reason else { return false }
            return path.description == "source.\(field)"
        }
    }

    @Test func `Docker Hub is where the variable points`() {
        let hosts = ServiceHosts(environment: ["PINR_OCI_HOST": "http://127.0.0.1:5000/"])
        #expect(hosts.url(ofImageRegistry: "docker.io") == "http://127.0.0.1:5000")
        #expect(hosts.url(ofImageRegistry: "ghcr.io") == nil)
        #expect(ServiceHosts(environment: [:]).url(ofImageRegistry: "docker.io") == "https://registry-1.docker.io")
    }
}
