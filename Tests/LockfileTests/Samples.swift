import JSON
import Lockfile
import NixHash

/// What the tests of this module are made of.
enum Sample {
    static let hash = SHA256.hash(Array("sample".utf8))
    static let revision = "0123456789abcdef0123456789abcdef01234567"

    static func pin(_ text: String = "x") -> Pin {
        Pin(
            source: Source(type: "file", fields: ["url": "https://example.org/\(text)"]),
            locked: Locked(
                fetch: .file(url: "https://example.org/\(text)", hash: SHA256.hash(Array(text.utf8)), name: "x")))
    }

    /// One of each fetch, as JSON, with everything that it can have.
    static let locked: [String: JSON] = [
        "tarball": [
            "fetcher": "tarball", "url": "https://example.org/a.tar.gz", "hash": .string(hash.sri),
            "revision": .string(revision), "version": "1.0", "lastModified": 1_747_267_200,
        ],
        "file": ["fetcher": "file", "url": "https://example.org/a%20b", "hash": .string(hash.sri), "name": "a_b"],
        "git": [
            "fetcher": "git", "url": "https://example.org/a.git", "hash": .string(hash.sri), "ref": "refs/heads/main",
            "revision": .string(revision), "submodules": true, "lfs": true, "attributes": ["eol", "export-ignore"],
            "lastModified": -1,
        ],
        "oci": [
            "fetcher": "oci", "image": "registry.example.org/a/b", "tag": "1.2", "os": "linux", "arch": "arm64",
            "digest": .string("sha256:" + hash.hex), "hash": .string(hash.sri), "version": "1.2",
        ],
        "other": [
            "fetcher": "mercurial", "url": "hg://\u{1}", "hash": 7, "revision": "short", "version": 3, "name": .null,
            "lastModified": "yesterday",
        ],
    ]

    static func document(_ pins: [String: JSON], version: JSON = 1, extra: JSONObject = [:]) -> JSON {
        var object = extra
        object["pins"] = .object(JSONObject(pins.map { ($0.key, $0.value) }))
        object["version"] = version
        return .object(object)
    }

    static func pinJSON(locked: JSON) -> JSON {
        ["locked": locked, "source": ["type": "file", "url": "https://example.org/"]]
    }
}

func name(_ text: String) throws -> PinName { try PinName(text) }

/// The reason of the `LockfileError` that `body` throws; nil, and an issue, when it throws none.
func reason(_ body: () throws -> some Any) -> LockfileError.Reason? {
    do {
        _ = try body()
    } catch let error as LockfileError {
        return error.reason
    } catch {}
    return nil
}

/// What a creation did, as something to compare.
func created(_ creation: LockStore.Creation) -> (isNew: Bool, defaultNix: DefaultNixOutcome?) {
    (creation.isNew, creation.defaultNix)
}
