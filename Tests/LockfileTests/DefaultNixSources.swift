import Foundation
import NixHash
import Support

@testable import Lockfile

/// A pin for `pins.json`, as JSON values.
typealias Values = [String: any Sendable]

/// Real sources below one directory, a Nix to fetch them with, and the folder of pins that names them.
struct DefaultNixSources {
    let directory = TemporaryDirectory()
    let nix: NixSandbox

    init() throws {
        nix = try NixSandbox()
    }

    /// How an evaluation is held back.
    enum Mode: CaseIterable, Sendable {
        /// Not at all.
        case impure
        /// It may read nothing but what a hash vouches for; not even the files of the project.
        case pure
        /// It may read the folder of pins, and fetch from the places that the sources are in.
        case restricted
    }

    /// A pin as it is locked, and the path that it has to have.
    struct Fetchable: Sendable {
        var locked: Values
        var path: String
    }

    /// An archive with one directory at its top.
    func tarball(_ name: String = "tar", url: String? = nil) async throws -> Fetchable {
        try directory.write("trees/\(name)/lib/default.nix", "\"of \(name)\"\n")
        let tree = directory.file("trees/\(name)")
        try await run(["tar", "-C", directory.file("trees"), "-czf", directory.file("\(name).tar.gz"), name])
        let locked: Values = [
            "fetcher": "tarball", "url": url ?? "file://\(directory.file("\(name).tar.gz"))",
            "hash": try await nix.hashPath(tree),
        ]
        return Fetchable(locked: locked, path: try storePath(of: locked))
    }

    /// A file, under a name of its own in the store.
    func file(_ name: String = "one two.txt", storeName: String = "one_two.txt") throws -> Fetchable {
        let contents = Array("flat\n".utf8)
        try directory.write(name, contents)
        let url = "file://" + directory.file(name).replacing(" ", with: "%20")
        let hash = SHA256.hash(contents)
        return Fetchable(
            locked: ["fetcher": "file", "url": url, "name": storeName, "hash": hash.sri],
            path: try StorePath(flat: hash, name: storeName).description)
    }

    /// A bare repository whose revision only a tag reaches; no branch of it is called `master`.
    ///
    /// - Parameter attributes: the `.gitattributes` of the tree. The blobs are as `files` says, whatever it says.
    func git(
        _ name: String = "git", files: [String: String] = ["f": "f\n", "d/g": "g\n"], attributes: String? = nil,
        submodule: TestRepository? = nil, locked extra: Values = [:]
    ) async throws -> Fetchable {
        let tree = directory.file("trees/\(name)")
        var files = files
        files[".gitattributes"] = attributes
        for (path, text) in files { try directory.write("trees/\(name)/\(path)", text) }

        let work = try await TestRepository(at: directory.file("work/\(name)"), branch: "trunk")
        for (path, text) in files { try work.write(path, text) }
        try directory.write("work/\(name)/.git/info/attributes", "* -text -eol -ident -filter\n")
        if let submodule {
            try await work.addSubmodule("sub", url: "file://\(submodule.path)", revision: submodule.revision())
            try directory.write("trees/\(name)/.gitmodules", directory.read("work/\(name)/.gitmodules"))
            try directory.makeDirectory("trees/\(name)/sub")
            if extra["submodules"] != nil { try directory.write("trees/\(name)/sub/s", "s\n") }
        }
        let revision = try await work.commit("one")
        try await work.tag("v1")
        try await work.git("checkout", "--quiet", "--orphan", "other")
        try await work.commit("other")
        try await work.git("branch", "-D", "trunk")
        let bare = try await work.bareCopy(at: directory.file("\(name).git"))

        var locked: Values = [
            "fetcher": "git", "url": "file://\(bare.path)", "revision": revision, "ref": "refs/tags/v1",
            "hash": try await nix.hashPath(tree),
        ]
        locked.merge(extra) { $1 }
        return Fetchable(locked: locked, path: try storePath(of: locked))
    }

    /// A repository to be a submodule: the file `s`.
    func inner() async throws -> TestRepository {
        let inner = try await TestRepository(at: directory.file("work/inner"))
        try inner.write("s", "s\n")
        try await inner.commit("inner")
        return inner
    }

    private func storePath(of locked: Values) throws -> String {
        try StorePath(recursive: SHA256Digest(parsing: locked["hash"] as? String ?? ""), name: "source").description
    }

    /// Writes the folder of pins.
    ///
    /// An array, because names that Unicode calls equal are different names here.
    func write(
        _ pins: [(name: String, pin: Values)], version: Int = 1, file defaultNix: [UInt8] = DefaultNix.text
    ) throws {
        let texts = try pins.map { "\(try json($0.name)): \(try json($0.pin))" }
        try directory.write(
            "pins/pins.json", "{\"pins\": {\(texts.joined(separator: ", "))}, \"version\": \(version)}\n")
        try directory.write("pins/default.nix", defaultNix)
    }

    /// Writes the folder of pins: one, called `x`.
    func write(_ locked: Values) throws {
        try write([("x", ["locked": locked, "source": ["type": "test"]])])
    }

    func json(_ value: Any) throws -> String {
        let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try JSONSerialization.data(withJSONObject: value, options: options), as: UTF8.self)
    }

    /// Evaluates an expression in which `sources` are the pins.
    func evaluate(
        _ expression: String, _ mode: Mode = .impure, environment: [String: String] = [:]
    ) async throws -> ProcessResult {
        let folder = directory.file("pins")
        var (pins, options) = (folder, ["--read-write-mode"])
        switch mode {
        case .impure: break
        case .pure:
            // Not builtins.path, which Nix 2.3 lets nobody read from.
            let archive = directory.file("pins.tar.gz")
            try await run(["tar", "-C", directory.path, "-czf", archive, "pins"])
            let hash = try await nix.hashPath(folder)
            pins = "(builtins.fetchTarball { url = \"file://\(archive)\"; sha256 = \"\(hash)\"; })"
            options += ["--option", "pure-eval", "true"]
        case .restricted:
            let places = ["file://\(directory.path)", "git+file://\(directory.path)"].joined(separator: " ")
            options += ["--option", "restrict-eval", "true", "--option", "allowed-uris", places]
            options += ["-I", "pins=\(folder)", "-I", "nixpkgs=\(nixpkgs)"]
        }
        let program = ["nix-instantiate", "--eval", "--strict", "--json"] + options
        return try await nix.nix(
            program + ["-E", "let sources = import \(pins); nixpkgs = import \(nixpkgs); in \(expression)"],
            environment: environment.merging(allowSubmodules) { $1 })
    }

    /// The stand-in for Nixpkgs.
    let nixpkgs = "\(packageRoot)/Tests/Fixtures/default-nix/nixpkgs.nix"

    /// Newer gits refuse submodules that are not behind a network.
    private let allowSubmodules = [
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always",
    ]
}

extension ProcessResult {
    /// What was evaluated, from JSON; what Nix said when it could not be.
    var value: String {
        guard status == 0 else { return "error: \(stderr)" }
        let value = try? JSONSerialization.jsonObject(with: Data(stdoutBytes), options: .fragmentsAllowed)
        return value as? String ?? trimmed
    }
}
