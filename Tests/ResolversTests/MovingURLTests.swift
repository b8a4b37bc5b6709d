import JSON
import Lockfile
import NixHash
import Support
import Testing
import Transfer

@testable import Resolvers

/// What a URL whose contents change stands for: by what servers say of it, without a server.
struct MovingURLTests {
    private static let revision = "442793d9ec0584f6a6e82fa253850c8085bb150a"
    private static let sri = "sha256-GUm8Uh/U74zFCwkvt9Mri4DSM+mHj3tYhXUkYpiv31M="

    private func response(_ link: String?, url: String = "https://h/a.tar.gz") -> TransferResponse {
        var headers = HTTPHeaders()
        if let link { headers.append(name: "Link", value: link) }
        return TransferResponse(status: 200, headers: headers, url: url)
    }

    // MARK: The Lockable HTTP Tarball Protocol

    /// The example of Nix's manual, and the forms that servers give it.
    @Test func `What the link says is read, and not sent`() throws {
        let query = "rev=\(Self.revision)&revCount=835&lastModified=1700000000"
        let escaped = "narHash=sha256-GUm8Uh%2FU74zFCwkvt9Mri4DSM%2BmHj3tYhXUkYpiv31M%3D"
        let link = try #require(
            try ImmutableLink(
                in: response("<https://example.org/hello/1.tar.gz?\(query)&\(escaped)>; rel=\"immutable\"")))
        #expect(link.url == "https://example.org/hello/1.tar.gz")
        #expect(link.revision == Self.revision)
        #expect(link.lastModified == 1_700_000_000)
        #expect(link.hash?.sri == Self.sri)
        // An escape is not needed everywhere, and a plus is no blank.
        let plain = try ImmutableLink(in: response("<https://h/1?narHash=\(Self.sri)>; rel=\"immutable\""))
        #expect(plain?.hash?.sri == Self.sri)
    }

    @Test(arguments: [
        // What is not Nix's own stays, in its order and spelling.
        ("https://h/x.tar.gz?b=%2f&rev=\(revision)&a=1&&c", "https://h/x.tar.gz?b=%2f&a=1&&c"),
        ("https://h/x?name=n&unpack=1&url=u&dir=d", "https://h/x?dir=d"), ("https://h/x?", "https://h/x"),
        ("https://h/x#fragment", "https://h/x"), ("tarball+https://h/x", "https://h/x"),
        ("Tarball+https://h/x", "https://h/x"), ("/x?rev=\(revision)", "https://h/x"), ("x", "https://h/x"),
        ("//g/x", "https://g/x"), ("https://h/%2B/x", "https://h/%2B/x"),
    ])
    func `The URL that is locked is the link's`(reference: String, url: String) throws {
        #expect(try ImmutableLink(in: response("<\(reference)>; rel=immutable"))?.url == url)
    }

    @Test(arguments: [
        "rev=442793d", "rev=", "rev=\(String(repeating: "g", count: 40))", "rev=\(revision)0", "revCount=x",
        "revCount=-1", "revCount=1.5", "revCount=9007199254740992", "lastModified=", "lastModified=+1",
        "lastModified=yesterday", "narHash=md5-x", "narHash=sha256-AAAA", "narHash=", "narHash=%zz",
        "narHash=sha512-\(String(repeating: "A", count: 86))==", "rev=\(revision)&rev=\(revision)",
    ])
    func `What cannot be is named`(parameter: String) {
        #expect(throws: ResolveError.self) {
            try ImmutableLink(in: response("<https://h/x?\(parameter)>; rel=immutable"))
        }
    }

    @Test(arguments: ["http://h/x", "git+https://h/x", "github:o/r", "https://u:p@h/x"])
    func `What is no archive of the web is refused`(reference: String) {
        #expect(throws: TransferError.self) {
            try ImmutableLink(in: response("<\(reference)>; rel=immutable"))
        }
    }

    @Test(arguments: [
        nil, "<https://h/x>; rel=next", "https://h/x; rel=immutable", "<https://h/x>; rel=\"notimmutable\"",
    ])
    func `Another link is none`(link: String?) throws {
        #expect(try ImmutableLink(in: response(link)) == nil)
    }

    // MARK: Redirects

    @Test(
        arguments: [
            (["https://h/latest.tar.gz", "https://h/lib-1.2.tar.gz"], "https://h/lib-1.2.tar.gz"),
            (["https://h/lib.tar.gz", "https://h/1.2/lib.tar.gz"], "https://h/1.2/lib.tar.gz"),
            (["https://h/get?v=latest", "https://h/get?v=1.2"], "https://h/get?v=1.2"),
            (["https://h/a", "https://h/b", "https://g/c#x"], "https://g/c"), (["https://h/a"], nil),
            // A house that moved, a mirror, a detour that comes back.
            (["http://h/a.tar.gz", "https://h/a.tar.gz"], nil), (["https://h/a?b", "https://mirror/a?b"], nil),
            (["https://h/a", "https://h/login", "https://h/a"], nil), (["https://h/a", "https://h/a/"], nil),
            // As GitHub does it: the release's own URL lasts, and what that leads to does not.
            (
                [
                    "https://github.com/o/r/releases/latest/download/x.tar.gz",
                    "https://github.com/o/r/releases/download/v1.2/x.tar.gz",
                    "https://release-assets.githubusercontent.com/1?sp=r&sv=2018-11-09&se=2026-01-01&sig=abc&jwt=e.y.J",
                ], "https://github.com/o/r/releases/download/v1.2/x.tar.gz"
            ),
            (["https://h/a.tar.gz", "https://b.s3.amazonaws.com/a-1.tar.gz?X-Amz-Signature=1&X-Amz-Expires=300"], nil),
            // What a signed URL leads to was reached by the signature.
            (["https://h/a", "https://h/b?token=1", "https://h/c"], nil),
        ] as [([String], String?)])
    func `The redirect that is worth locking`(chain: [String], expected: String?) throws {
        let response = TransferResponse(
            status: 200, headers: HTTPHeaders(), url: try #require(chain.last), redirects: Array(chain.dropLast()))
        #expect(WebFile.lockableRedirect(response) == expected)
    }

    @Test(arguments: [
        ("https://h/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A&X-Amz-Signature=b", true),
        ("https://h/a?x-amz-security-token=b", true), ("https://h/a?X-Goog-Signature=b", true),
        ("https://h/a?AWSAccessKeyId=A&Signature=b&Expires=1", true),
        ("https://h/a?Expires=1&Signature=b&Key-Pair-Id=K", true), ("https://h/a?Policy=b", true),
        ("https://h/a?sv=2020&sr=b&sig=c&se=2026-01-01T00%3A00%3A00Z", true), ("https://h/a?v=1&token=ABC", true),
        ("https://h/a?private_token=ABC", true), ("https://h/a?jwt=e.y.J", true),
        ("https://h/a?auth_key=1-0-0-x", true),
        ("https://h/a", false), ("https://h/a?rev=1", false), ("https://h/signature/token/x?b=sig", false),
        ("https://h/a?response-content-disposition=attachment", false), ("https://h/a?significant=1", false),
        ("https://h/a?sha=abc&path=x", false), ("https://h/a#token=1", false),
    ])
    func `A URL that will not last is known by its parameters`(url: String, expected: Bool) {
        #expect(ExpiringURL.isOne(url) == expected)
    }

    // MARK: Sources

    @Test func `Whether it moves, and is unpacked, can be set`() throws {
        func changed(_ source: any SourceType, _ change: (inout SourceOptions) -> Void) throws -> Source {
            var options = SourceOptions()
            change(&options)
            return try source.changed(by: options).source
        }
        let file = FileSource(url: "https://h/a")
        #expect(
            try changed(file) { $0.mutable = true }
                == Source(type: "file", fields: ["url": "https://h/a", "mutable": true]))
        #expect(
            try changed(FileSource(url: "https://h/a", isMutable: true)) { $0.unpack = true }
                == Source(type: "tarball", fields: ["url": "https://h/a", "mutable": true]))
        #expect(
            try changed(TarballSource(url: "https://h/a", isMutable: true)) {
                $0.mutable = false
                $0.unpack = false
            } == Source(type: "file", fields: ["url": "https://h/a"]))
        #expect(try changed(file) { _ in } == file.source)
    }

    @Test func `The type of a field is checked`() {
        for field in ["mutable", "unpack"] {
            let source = Source(type: "file", fields: ["url": "https://h/a", field: "yes"])
            #expect(throws: LockfileError.self) { try SourceTypes.read(source) }
        }
    }
}
