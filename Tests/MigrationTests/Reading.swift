import Foundation
import Git
import JSON
import Lockfile
import Migration
import NixHash
import Resolvers
import Support
import Testing

/// What was read of another tool's lock, as JSON that a test can be compared with.
enum Reading {
    /// The public forges.
    static let hosts = ServiceHosts(environment: [:])

    /// Compares what is read of a fixture with another fixture, pin by pin, so that a failure says which one is meant.
    static func expect(
        _ tool: ForeignTool, _ lock: String, toBe expected: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (actual, wanted) = (try json(tool.read(fixture(lock), at: hosts)), try JSON(parsing: fixture(expected)))
        for part in ["pins", "skipped"] {
            let (actual, wanted) = (try #require(actual[part]?.object), try #require(wanted[part]?.object))
            for name in Set(actual.keys + wanted.keys).sorted() {
                #expect(actual[name] == wanted[name], "\(name)", sourceLocation: sourceLocation)
            }
        }
    }

    /// A fixture below `Tests/Fixtures/migration`.
    static func fixture(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(packageRoot)/Tests/Fixtures/migration/\(path)")))
    }

    /// A lock as it was read: each pin by its name, and what was left out with the reason.
    static func json(_ lock: ForeignLock) -> JSON {
        let pins = lock.pins.map { ($0.name, json($0)) }
        let skipped = lock.skipped.map { ($0.name, JSON.string(text($0.reason))) }
        return ["pins": .object(JSONObject(pins)), "skipped": .object(JSONObject(skipped))]
    }

    static func json(_ pin: ForeignPin) -> JSON {
        var json: JSONObject = ["source": pin.source.source.json]
        json["fallback"] = pin.fallback.map { $0.source.json }
        if pin.isFrozen { json["frozen"] = true }
        json["note"] = pin.note.map { .string($0) }
        if !pin.remarks.isEmpty { json["remarks"] = .array(pin.remarks.map { .string(text($0)) }) }
        switch pin.state {
        case .locked(let locked): json["locked"] = locked.json
        case .unhashed(let resolution, let stated, let reason):
            json["unhashed"] = self.json(resolution)
            json["because"] = .string("\(reason)")
            switch stated {
            case nil: break
            case .ofCheckout(let hash): json["checkout"] = .string(hash.sri)
            case .ofFileNAR(let hash): json["fileNAR"] = .string(hash.sri)
            case .exact(let hash): json["exact"] = .string(hash.sri)
            }
        }
        return .object(json)
    }

    private static func json(_ resolution: Resolution) -> JSON {
        var json: JSONObject = ["dating": .string("\(resolution.dating)")]
        json["revision"] = resolution.revision.map { .string($0) }
        json["version"] = resolution.version.map { .string($0) }
        if resolution.isMutable { json["mutable"] = true }
        switch resolution.fetch {
        case .tarball(let url): json["tarball"] = .string(url)
        case .file(let url, let name): (json["file"], json["name"]) = (.string(url), .string(name))
        case .git(let url, let ref, let revision, let contents):
            (json["git"], json["ref"]) = (.string(url.text), .string(ref))
            json["commit"] = .string(revision.hex)
            if contents.submodules { json["submodules"] = true }
            if contents.lfs { json["lfs"] = true }
        case .oci(let image): json["oci"] = .string(image.tag)
        }
        return .object(json)
    }

    private static func text(_ remark: ForeignRemark) -> String {
        switch remark {
        case .registry(let name): "registry \(name)"
        case .signedCommits: "signed"
        case .storeName(let name): "store name \(name)"
        case .inputsFollow(let inputs):
            inputs.map { "\($0.input)=\($0.path.joined(separator: "/"))" }.joined(separator: " ")
        case .staysAtURL(let template): "stays at its URL, not by \(template)"
        case .staysAtRef(let ref): "stays, not at \(ref)"
        case .leftOut(let names): "left out \(names.joined(separator: " "))"
        case .otherRevision(let stated, let url): "\(stated) is not that of \(url)"
        }
    }

    /// A reason in a word, with what it is about.
    static func text(_ reason: SkipReason) -> String {
        switch reason {
        case .localFolder(let path): "folder \(path)"
        case .unknownType(let type): "type \(type)"
        case .notLocked: "not locked"
        case .unreadable(let error): "unreadable \(error.reason)"
        case .refused(let error): "refused \(error)"
        case .badRepository(let error): "refused \(error)"
        case .followsNothing(let path): "follows \(path)"
        case .taken(let source): "taken \(source.type)"
        case .noCounterpart(let type): "no counterpart of \(type)"
        case .secretInURL: "secret in URL"
        case .notTracked(let what): "not tracked \(what)"
        case .defaultBranch: "default branch"
        case .attributes(let names): "attributes \(names.joined(separator: " "))"
        }
    }
}
