import Foundation
import Git
import JSON
import Lockfile
import Migration
import NixHash
import Resolvers
import Support

/// A file of `Tests/Fixtures`.
func fixture(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(packageRoot)/Tests/Fixtures/\(name)")))
}

extension ForeignLock {
    /// All of it, to be compared: of what is locked what would stand in `pins.json`, and of everything else what is known.
    var described: JSON {
        var pins: JSONObject = [:]
        for pin in self.pins { pins[pin.name] = pin.described }
        var skipped: JSONObject = [:]
        for pin in self.skipped { skipped[pin.name] = .string("\(pin.reason)") }
        return ["pins": .object(pins), "skipped": .object(skipped)]
    }
}

extension ForeignPin {
    var described: JSON {
        var members: JSONObject = ["source": source.source.json]
        members["fallback"] = fallback?.source.json
        if isFrozen { members["frozen"] = true }
        members["note"] = note.map { .string($0) }
        switch state {
        case .locked(let locked): members["locked"] = locked.json
        case .unhashed(let resolution, let stated, let reason):
            var unhashed: JSONObject = ["because": .string("\(reason)"), "dating": .string("\(resolution.dating)")]
            switch resolution.fetch {
            case .tarball(let url): unhashed["tarball"] = .string(url)
            case .file(let url, let name): (unhashed["file"], unhashed["name"]) = (.string(url), .string(name))
            case .git(let url, let ref, let revision, let contents):
                unhashed["git"] = .string(url.text)
                unhashed["ref"] = .string(ref)
                unhashed["commit"] = .string(revision.hex)
                unhashed["submodules"] = .bool(contents.submodules)
                unhashed["lfs"] = .bool(contents.lfs)
            // Which one, its source says.
            case .oci: unhashed["oci"] = true
            }
            unhashed["revision"] = resolution.revision.map { .string($0) }
            unhashed["version"] = resolution.version.map { .string($0) }
            switch stated {
            case .ofCheckout(let hash): unhashed["checkout"] = .string(hash.sri)
            case .ofFileNAR(let hash): unhashed["fileNAR"] = .string(hash.sri)
            case .exact(let hash): unhashed["exact"] = .string(hash.sri)
            case nil: break
            }
            members["unhashed"] = .object(unhashed)
        }
        return .object(members)
    }
}
