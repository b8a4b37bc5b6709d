import Foundation
import Git
import JSON
import Lockfile
import NixHash
import Resolvers
import Support
import Testing

@testable import Migration

extension ForeignLock {
    /// All that was read, to be compared with what a file says it should be.
    var picture: JSON {
        [
            "pins": .object(JSONObject(pins.map { ($0.name, $0.picture) })),
            "skipped": .object(JSONObject(skipped.map { ($0.name, .string($0.reason.picture)) })),
        ]
    }
}

extension ForeignPin {
    fileprivate var picture: JSON {
        var picture: JSONObject = ["source": source.source.json]
        picture["fallback"] = fallback?.source.json
        if isFrozen { picture["frozen"] = true }
        picture["note"] = note.map { .string($0) }
        if !remarks.isEmpty { picture["remarks"] = .array(remarks.map { .string("\($0)") }) }
        switch state {
        case .locked(let locked): picture["locked"] = locked.json
        case .unhashed(let resolution, let stated, let reason):
            picture["unhashed"] = .string(resolution.fetch.picture)
            picture["revision"] = resolution.revision.map { .string($0) }
            picture["stated"] = stated.map { .string($0.picture) }
            picture["because"] = .string("\(reason)")
        }
        return .object(picture)
    }
}

extension StatedHash {
    fileprivate var picture: String {
        switch self {
        case .ofCheckout(let hash): "checkout \(hash.sri)"
        case .ofFileNAR(let hash): "NAR of the file \(hash.sri)"
        case .exact(let hash): "\(hash.sri)"
        }
    }
}

extension Resolution.Fetch {
    fileprivate var picture: String {
        switch self {
        case .tarball(let url): "tarball \(url)"
        case .file(let url, let name): "file \(url) as \(name)"
        case .git(let url, let ref, let revision, let contents):
            "git \(url.text) \(ref) \(revision.hex)\(contents.submodules ? " with submodules" : "")"
        case .oci: "oci"
        }
    }
}

extension SkipReason {
    fileprivate var picture: String {
        switch self {
        case .localFolder(let path): "the folder \(path)"
        case .unknownType(let type): "the unknown type \(type)"
        case .notLocked: "not locked"
        case .unreadable(let error):
            if case .field(let path, let problem) = error.reason { "\(path): \(problem)" } else { "\(error.reason)" }
        case .refused(let error): "\(error)"
        case .badRepository(let error): "\(error)"
        default: "\(self)"
        }
    }
}

/// The bytes of a file below `Tests/Fixtures/migration`.
func fixture(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: "\(packageRoot)/Tests/Fixtures/migration/\(name)")))
}

/// Compares what was read member by member, so that a failure says which pin is meant.
func expectPicture(_ lock: ForeignLock, _ expected: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let (actual, wanted) = (lock.picture, try JSON(parsing: fixture(expected)))
    for part in ["pins", "skipped"] {
        let (actual, wanted) = (try #require(actual[part]?.object), try #require(wanted[part]?.object))
        for name in Set(actual.keys + wanted.keys).sorted() {
            let (actual, wanted) = (actual[name] ?? .null, wanted[name] ?? .null)
            #expect(
                String(decoding: actual.serialized(), as: UTF8.self)
                    == String(decoding: wanted.serialized(), as: UTF8.self),
                "\(name)", sourceLocation: sourceLocation)
        }
    }
}
