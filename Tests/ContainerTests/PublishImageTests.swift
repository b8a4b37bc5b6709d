import Foundation
import Support
import Testing

/// `publish-image.sh` against Docker's own registry, without signatures.
@Suite(.enabled(if: ImageRegistry.isAvailable && isInstalled("skopeo"), "left out: no docker-registry, or no skopeo"))
struct PublishImageTests {
    private let ci = CITemplate()

    private func publish(
        _ image: String, to name: String, _ options: [String] = ["--unsigned"], _ environment: [String: String] = [:]
    ) async throws -> ProcessResult {
        let result = try await ci.run("publish-image.sh", options + [image, name], environment: environment)
        #expect(ci.leftovers.isEmpty)
        return result
    }

    /// What skopeo has of a reference: the digest of its manifest.
    private func digest(_ reference: String, _ options: [String] = []) async throws -> String {
        let folder = ci.directory.file("pulled-\(UUID().uuidString)")
        let result = try await runProcess(
            ["skopeo", "--insecure-policy", "copy", "--quiet", "--src-tls-verify=false"] + options
                + ["docker://\(reference)", "dir:\(folder)"], environment: ci.variables())
        guard result.status == 0 else { return "status \(result.status): \(result.stderr)" }
        return try await run(["skopeo", "manifest-digest", "\(folder)/manifest.json"]).trimmed
    }

    @Test func `what is pushed is there by its digest and by its tag, and a second run changes nothing`() async throws {
        let registry = try await ImageRegistry()
        let image = try await ci.archive("one\n")
        let name = "\(registry.host)/team/builder"
        let first = try await publish(image, to: name)
        #expect(first.status == 0, "\(first)")
        let reference = first.trimmed
        #expect(reference.hasPrefix("\(name)@sha256:") && first.lines.count == 1, "\(first)")
        let expected = String(reference.split(separator: "@")[1])
        #expect(try await digest(reference) == expected)
        #expect(try await digest("\(name):pins-0123456789ab") == expected)

        let second = try await publish(image, to: name)
        #expect(second.status == 0 && second.trimmed == reference, "\(second)")
        #expect(second.stderr.contains("is there already"), "\(second)")
        #expect(!second.stderr.contains("pushed") && !second.stderr.contains("tagged"), "\(second)")
    }

    @Test func `packed, streamed and in OCI's layout it is the same image`() async throws {
        let registry = try await ImageRegistry()
        let name = "\(registry.host)/thing"
        let image = try await ci.archive("one\n")
        let plain = try await publish(image, to: name)
        try await run(["gzip", "-k", image])
        let streamed = try ci.directory.write("stream", "#!/bin/sh\nexec cat \(image)\n", mode: 0o755)
        // Modes may be lost on the way from another job.
        try await run(["sh", "-c", "cp \(image) \(image).x && chmod 755 \(image).x"])
        for other in ["\(image).gz", streamed, "\(image).x"] {
            let result = try await publish(other, to: name)
            #expect(result.status == 0 && result.trimmed == plain.trimmed, "\(other): \(result)")
        }
        try await run(
            ["skopeo", "--insecure-policy", "copy", "docker-archive:\(image)", "oci:\(ci.directory.file("oci")):x"],
            environment: ci.variables())
        let missing = try await publish(ci.directory.file("oci"), to: name)
        #expect(missing.status == 64 && missing.stderr.contains("--tag"), "\(missing)")
        let result = try await publish(ci.directory.file("oci"), to: name, ["--unsigned", "--tag", "oci-1"])
        #expect(result.status == 0, "\(result)")
        #expect(try await digest(result.trimmed) == String(result.trimmed.split(separator: "@").last ?? ""))
    }

    @Test func `a script that streams an image does not see what the key is opened with`() async throws {
        let registry = try await ImageRegistry()
        let image = try await ci.archive("one\n")
        let curious = try ci.directory.write(
            "stream", "#!/bin/sh\n! env | grep -q opens-8731 || exit 1\nexec cat \(image)\n", mode: 0o755)
        let result = try await publish(
            curious, to: "\(registry.host)/thing", ["--unsigned"], ["COSIGN_PASSWORD": "opens-8731"])
        #expect(result.status == 0, "\(result)")
    }

    @Test func `a path may have a colon in it`() async throws {
        let registry = try await ImageRegistry()
        let name = "\(registry.host)/thing"
        let plain = try await publish(try await ci.archive("one\n"), to: name)
        let image = try await ci.archive("one\n", as: "a:b.tar")
        let archive = try await publish(image, to: name)
        #expect(archive.status == 0 && archive.trimmed == plain.trimmed, "\(archive)")
        let layout = try ci.directory.makeDirectory("c:d")
        try await run(
            [
                "sh", "-c",
                "skopeo --insecure-policy copy docker-archive:image.tar oci:layout:x && cp -R layout/. \"$0\"", layout,
            ],
            directory: ci.directory.path)
        let folder = try await publish(layout, to: name, ["--unsigned", "--tag", "oci-1"])
        #expect(folder.status == 0, "\(folder)")
    }

    @Test func `a tag is never moved`() async throws {
        let registry = try await ImageRegistry()
        let name = "\(registry.host)/thing"
        let first = try await publish(try await ci.archive("one\n"), to: name)
        let second = try await publish(try await ci.archive("two\n", as: "two.tar"), to: name)
        #expect(second.status == 1 && second.stdout.isEmpty, "\(second)")
        #expect(second.stderr.contains("a tag is never moved"), "\(second)")
        #expect(try await digest("\(name):pins-0123456789ab") == String(first.trimmed.split(separator: "@")[1]))
    }

    @Test func `a closed registry takes the password of the environment or of a login file, and no other`() async throws
    {
        let registry = try await ImageRegistry(isClosed: true)
        let image = try await ci.archive("one\n")
        let name = "\(registry.host)/thing"
        let user = ImageRegistry.user
        for (environment, words) in [
            ([:], "does not say what it has"),
            (["REGISTRY_USER": user.user, "REGISTRY_PASSWORD": "wrong-8731"], "does not say what it has"),
            (["REGISTRY_PASSWORD": user.password], "REGISTRY_USER is not"),
            (["REGISTRY_AUTH_FILE": "/nowhere"], "/nowhere cannot be read"),
        ] {
            let result = try await publish(image, to: name, ["--unsigned"], environment)
            #expect(result.status == 1 && result.stderr.contains(words), "\(result)")
            #expect(!result.stderr.contains("wrong-8731") && result.stdout.isEmpty, "\(result)")
        }
        let pushed = try await publish(
            image, to: name, ["--unsigned"], ["REGISTRY_USER": user.user, "REGISTRY_PASSWORD": user.password])
        #expect(pushed.status == 0 && pushed.stderr.contains("pushed"), "\(pushed)")
        let file = ci.directory.file("login.json")
        try await run(
            [
                "skopeo", "login", "--authfile", file, "--tls-verify=false", "-u", user.user, "--password-stdin",
                registry.host,
            ], environment: ci.variables(), input: Array(user.password.utf8))
        let again = try await publish(image, to: name, ["--unsigned"], ["REGISTRY_AUTH_FILE": file])
        #expect(again.status == 0 && again.trimmed == pushed.trimmed, "\(again)")
        #expect(try await digest(pushed.trimmed).hasPrefix("status"))
        #expect(try await digest(pushed.trimmed, ["--src-authfile", file]).hasPrefix("sha256:"))
    }

    @Test func `what was altered in the registry is not taken`() async throws {
        let registry = try await ImageRegistry()
        let image = try await ci.archive("one\n")
        let pushed = try await publish(image, to: "\(registry.host)/thing")
        let reference = pushed.trimmed
        let raw = try await run(
            ["skopeo", "inspect", "--tls-verify=false", "--raw", "docker://\(reference)"], environment: ci.variables())
        let layer = try #require(raw.stdout.matches(of: /sha256:[0-9a-f]{64}/).last.map { String($0.output) })
        try registry.alter(layer)
        #expect(try await digest(reference).hasPrefix("status 1"))
        try registry.alter(String(reference.split(separator: "@")[1]))
        let again = try await publish(image, to: "\(registry.host)/thing")
        #expect(again.status == 1 && again.stdout.isEmpty, "\(again)")
    }

    @Test(arguments: [
        (["--unsigned", "--tag", "latest", "IMAGE", "HOST/x"], "latest"),
        (["--unsigned", "--tag", "a/b", "IMAGE", "HOST/x"], "not a tag"),
        (["IMAGE", "HOST/x"], "how to sign"),
        (["--unsigned", "--keyless", "IMAGE", "HOST/x"], "not several"),
        (["--keyless", "IMAGE", "HOST/x"], "--identity"),
        (["--unsigned", "--transparency-log", "IMAGE", "HOST/x"], "belongs to --key"),
        (["--unsigned", "IMAGE", "HOST/x:tag"], "not HOST/NAME"),
        (["--unsigned", "IMAGE", "HOST/X"], "not HOST/NAME"),
        (["--unsigned", "IMAGE", "library/x"], "HOST"),
        (["--unsigned", "IMAGE"], "1 arguments"),
        (["--unsigned", "IMAGE", "HOST/x", "more"], "3 arguments"),
        (["--password", "x", "IMAGE", "HOST/x"], "no such option"),
        (["IMAGE", "HOST/x", "--tag"], "wants a value"),
        (["--unsigned", "--tag", "", "IMAGE", "HOST/x"], "--tag wants a value"),
        (["--key", "", "IMAGE", "HOST/x"], "--key wants a value"),
    ])
    func `wrong arguments are said, and nothing is done`(_ arguments: [String], _ words: String) async throws {
        let image = try await ci.archive("one\n")
        let all = arguments.map { $0.replacing("IMAGE", with: image).replacing("HOST", with: "127.0.0.1:1") }
        let result = try await ci.run("publish-image.sh", all)
        #expect(result.status == 64 && result.stdout.isEmpty, "\(result)")
        #expect(result.stderr.contains(words) && result.stderr.contains("--help"), "\(result)")
    }

    @Test(arguments: ["nothing", "folder", "text"])
    func `what is no image is said`(_ what: String) async throws {
        try ci.directory.makeDirectory("folder")
        try ci.directory.write("text", "no image\n")
        let result = try await publish(ci.directory.file(what), to: "127.0.0.1:1/x")
        #expect(result.status == 1 && result.stderr.contains(ci.directory.file(what)), "\(result)")
    }
}
