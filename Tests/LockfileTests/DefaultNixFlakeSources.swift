import Foundation
import NixHash
import Support

/// Repositories with flakes in them, and the `flake.lock`s that name them.
extension DefaultNixSources {
    /// A repository with a flake, committed at the last second of 2024-02-29.
    ///
    /// - Parameters:
    ///   - nodes: of its `flake.lock`, by their keys; there is none without `nodes`.
    ///   - folder: where in the repository the flake is.
    func flake(
        _ name: String = "flake", _ flake: String, nodes: [String: Values]? = nil, version: Int = 7,
        files: [String: String] = [:], folder: String = ""
    ) async throws -> Fetchable {
        var files = files
        files["\(folder)flake.nix"] = flake
        if let nodes {
            files["\(folder)flake.lock"] = try json(["nodes": nodes, "root": "root", "version": version])
        }
        return try await git(name, files: files, locked: ["lastModified": 1_709_251_199])
    }

    /// The node of a `flake.lock` that has locked a source.
    func node(
        _ source: Fetchable, inputs: Values? = nil, locked extra: Values = [:], _ other: Values = [:]
    ) -> Values {
        var locked = Values()
        for (key, name) in [
            ("narHash", "hash"), ("url", "url"), ("type", "fetcher"), ("rev", "revision"),
            ("lastModified", "lastModified"),
        ] {
            if let value = source.locked[name] { locked[key] = value }
        }
        locked.merge(extra) { $1 }
        return node(locked: locked, inputs: inputs, other)
    }

    func node(locked: Values, inputs: Values? = nil, _ other: Values = [:]) -> Values {
        var node: Values = ["locked": locked]
        if let inputs { node["inputs"] = inputs }
        return node.merging(other) { $1 }
    }

    /// Writes the folder of pins: each under its name, with what its source says.
    func write(pins: [String: Fetchable], source: Values = ["type": "test"]) throws {
        try write(pins.sorted { $0.key < $1.key }.map { ($0.key, ["locked": $0.value.locked, "source": source]) })
    }

    /// What an expression is, as text: strings as they are, anything else as JSON.
    func text(_ expression: String, _ mode: Mode = .impure, environment: [String: String] = [:]) async throws -> String
    {
        try await evaluate(expression, mode, environment: environment).value
    }
}
