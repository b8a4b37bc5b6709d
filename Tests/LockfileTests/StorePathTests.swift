import Foundation
import Lockfile
import NixHash
import Support
import Testing

/// Where pins are in the store, by what is locked and by real Nix.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct StorePathTests {
    /// Asks real Nix for the paths of fixed-output derivations, whose rule is that of every fetch.
    private func nixPaths(
        _ cases: [(name: String, hash: SHA256Digest, mode: String)], remote: (String) -> String = { "local?root=\($0)" }
    ) async throws -> [String] {
        let sandbox = try NixSandbox()
        let items = cases.map { "{ n = \($0.name); h = \"\($0.hash.sri)\"; m = \"\($0.mode)\"; }" }
        let text = try await sandbox.evaluate(
            """
            let
              # As Nixpkgs makes a name of any text.
              sanitize = text:
                let
                  parts = builtins.filter (part: part != "") (map (part: if builtins.isList part then "-" else part)
                    (builtins.split "[^[:alnum:]+._?=-]+" text));
                  clean = builtins.concatStringsSep "" parts;
                  length = builtins.stringLength clean;
                in builtins.substring (if length > 207 then length - 207 else 0) (-1) clean;
              pullImage = image: tag:
                sanitize (builtins.replaceStrings [ "/" ":" ] [ "-" "-" ] "docker-image-${image}-${tag}.tar");
              path = { n, h, m }: (derivation {
                name = n; system = "none"; builder = "none";
                outputHash = h; outputHashAlgo = "sha256"; outputHashMode = m;
              }).outPath;
            in builtins.concatStringsSep "\\n" (map path [ \(items.joined(separator: " ")) ])
            """, environment: ["NIX_REMOTE": remote(sandbox.root)])
        // A JSON string of lines that have nothing to escape in them.
        return text.dropFirst().dropLast().replacingOccurrences(of: "\\n", with: "\n").split(separator: "\n")
            .map(String.init)
    }

    private static func random(
        _ letters: String, _ count: Int, _ generator: inout SeededGenerator
    ) -> String {
        String((0..<count).compactMap { _ in letters.randomElement(using: &generator) })
    }

    /// Fetches of every kind, with names as odd as may be, and what Nix would be told.
    private static func samples(
        _ generator: inout SeededGenerator
    ) -> [(fetch: Fetch, nix: (name: String, hash: SHA256Digest, mode: String))] {
        var samples: [(fetch: Fetch, nix: (name: String, hash: SHA256Digest, mode: String))] = []
        for index in 0..<60 {
            let hash = SHA256.hash([UInt8(index), 7])
            samples.append((.tarball(url: "https://h/x", hash: hash), ("\"source\"", hash, "recursive")))
            let git = GitFetch(url: "https://h/x.git", revision: String(repeating: "0", count: 40), hash: hash)
            samples.append((.git(git), ("\"source\"", hash, "recursive")))
            let length = [1, 2, 30, 200, 207][index % 5]
            let name = "a" + random("abzAZ09+-._?=", length - 1, &generator)
            samples.append((.file(url: "https://h/x", hash: hash, name: name), ("\"\(name)\"", hash, "flat")))
            let path = random("abc019", 1 + index % 40, &generator)
            let image = ["docker.io/library/\(path)", "127.0.0.1:5000/\(path)/x.y_z-0", "r.example/\(path) é/b"][
                index % 3]
            let tag = "v" + random("aZ09._-", [0, 5, 127][index % 3], &generator)
            let oci = OCIFetch(
                image: image, tag: tag, digest: "sha256:\(hash.hex)", os: "linux", arch: "amd64", hash: hash)
            samples.append((.oci(oci), ("(pullImage \"\(image)\" \"\(tag)\")", hash, "flat")))
        }
        let long = OCIFetch(
            image: "r.example/" + String(repeating: "long/", count: 40) + "x", tag: String(repeating: "t", count: 60),
            digest: "", os: "linux", arch: "amd64", hash: SHA256.hash([]))
        samples.append((.oci(long), ("(pullImage \"\(long.image)\" \"\(long.tag)\")", long.hash, "flat")))
        return samples
    }

    @Test func everyKindIsWhereNixSays() async throws {
        var generator = SeededGenerator(seed: 2026)
        let samples = Self.samples(&generator)
        let expected = try await nixPaths(samples.map(\.nix))
        let paths = try samples.map { try $0.fetch.storePath()?.description }
        #expect(paths == expected)
        #expect(expected.count == samples.count)
    }

    @Test func aStoreElsewhereHasOtherPaths() async throws {
        var generator = SeededGenerator(seed: 2026)
        let samples = Self.samples(&generator)
        let expected = try await nixPaths(samples.map(\.nix)) { "local?root=\($0)&store=/other/store" }
        let paths = try samples.map { try $0.fetch.storePath(in: "/other/store")?.description }
        #expect(paths == expected)
        #expect(expected.allSatisfy { $0.hasPrefix("/other/store/") })
    }

    @Test func aFetcherThatIsNotKnownHasNone() throws {
        #expect(try Fetch.other(fetcher: "svn").storePath() == nil)
    }
}
