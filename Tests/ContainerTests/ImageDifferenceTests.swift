import Foundation
import Support
import Testing

/// What `image-diff.py` says of two images, whatever form they have.
@Suite(.enabled(if: isInstalled("python3") && isInstalled("skopeo"), "left out: no Python, or no skopeo"))
struct ImageDifferenceTests {
    private let ci = CITemplate()

    private func compare(_ first: String, _ second: String, _ options: [String] = []) async throws -> ProcessResult {
        try await ci.run("image-diff.py", options + [first, second])
    }

    /// An archive of an image whose layer is what a script makes in an empty folder; its path.
    private func image(_ name: String, _ script: String, tar: [String] = ["--sort=name", "--mtime=@1"]) async throws
        -> String
    {
        let folder = try ci.directory.makeDirectory("\(name).d/root")
        try await run(["sh", "-euc", script], directory: folder)
        let assemble = #"""
            cd "$1"
            tar -C root --owner=0 --group=0 --numeric-owner "${@:3}" -cf layer.tar .
            printf '{"rootfs":{"diff_ids":["sha256:%s"]}}' "$(sha256sum <layer.tar | cut -c 1-64)" >config.json
            printf '[{"Config":"config.json","RepoTags":["x:1"],"Layers":["layer.tar"]}]' >manifest.json
            tar -cf "$2" manifest.json config.json layer.tar
            """#
        try await run(
            ["bash", "-euc", assemble, "bash", ci.directory.file("\(name).d"), ci.directory.file("\(name).tar")] + tar)
        return ci.directory.file("\(name).tar")
    }

    @Test(arguments: [
        ("printf aXc >f", "`/f`", "contents, from byte 1", "58 63"),
        ("printf abc >f; chmod 600 f", "`/f`", "mode", "0600"),
        ("printf abc >f; : >'a b|`c'", "`/a b&#124;&#96;c`", "is there", "file, 0 bytes"),
        ("printf abcd >f", "`/f`", "contents, from byte 3", "4 bytes"),
        ("mkdir f", "`/f`", "kind", "folder"),
        ("ln -s abc f", "`/f`", "kind", "link"),
        ("printf abc >f; printf x >\"$(printf 'new\\nline')\"", "`/new&#92;x0aline`", "is there", "file, 1 bytes"),
        ("printf abc >f; : >'[x_y](k) <b>'", "`/&#91;x&#95;y&#93;(k) &lt;b&gt;`", "is there", "file, 0 bytes"),
        ("printf abc >f; ln -s https://a.example/*x* l", "`/l`", "is there", "link"),
    ])
    func `each kind of difference has its line`(
        _ script: String, _ path: String, _ what: String, _ second: String
    ) async throws {
        let first = try await image("first", "printf abc >f; chmod 644 f")
        let other = try await image("second", "umask 022; \(script)")
        let result = try await compare(first, other)
        #expect(result.status == 104, "\(result)")
        let cell = "<code>\(path.dropFirst().dropLast())</code>"
        let rows = result.lines.filter { $0.hasPrefix("| \(cell) | \(what) |") }
        #expect(rows.count == 1 && rows[0].contains(second), "\(result)")
    }

    @Test func `owners and times are told`() async throws {
        let first = try await image("first", "echo a >f")
        let time = try await image("time", "echo a >f", tar: ["--sort=name", "--mtime=@86400"])
        #expect(try await compare(first, time).stdout.contains("| time | <code>1970-01-01T00:00:01Z</code>"))
        let owner = try await image("owner", "echo a >f", tar: ["--sort=name", "--mtime=@1", "--owner=7"])
        #expect(try await compare(first, owner).stdout.contains("| owner | <code>0:0</code> | <code>7:0</code>"))
    }

    @Test func `the same files in another order are told as that`() async throws {
        let script = "echo a >a; echo b >b"
        let first = try await image("first", script)
        let list = try ci.directory.write("list", "./b\n./a\n")
        let second = try await image("second", script, tar: ["--mtime=@1", "--no-recursion", "--files-from=\(list)"])
        let result = try await compare(first, second)
        #expect(result.status == 104 && result.stdout.contains("in another order"), "\(result)")
    }

    @Test func `an image is the same in every form`() async throws {
        let first = try await image("first", "echo a >f")
        let other = try await image("other", "echo b >f")
        try await run(["gzip", "-k", first])
        #expect(try await compare(first, "\(first).gz").status == 0)
        for form in ["oci", "oci-archive", "dir"] {
            var copies: [String] = []
            for (index, source) in [first, first, other].enumerated() {
                let path = ci.directory.file("\(form)-\(index)")
                let target = form == "dir" ? "dir:\(path)" : "\(form):\(path):x"
                try await run(
                    ["skopeo", "--insecure-policy", "copy", "-q", "docker-archive:\(source)", target],
                    environment: ci.variables())
                copies.append(path)
            }
            #expect(try await compare(copies[0], copies[1]).status == 0)
            let result = try await compare(copies[0], copies[2])
            #expect(
                result.status == 104 && result.stdout.contains("<code>/f</code> | contents, from byte 0"), "\(result)")
        }
    }

    @Test func `a layer that is not what the configuration says is no image`() async throws {
        let first = try await image("first", "echo a >f")
        try await run(
            [
                "sh", "-euc",
                "tar -C root --mtime=@2 -cf layer.tar .; tar -cf ../altered.tar manifest.json config.json layer.tar",
            ],
            directory: ci.directory.file("first.d"))
        let result = try await compare(first, ci.directory.file("altered.tar"))
        #expect(result.status == 1 && result.stderr.contains("as the configuration says"), "\(result)")
    }

    @Test func `the configuration is the one that the manifest names, and no digest leads out of the folder`()
        async throws
    {
        let first = try await image("first", "echo a >f")
        let folder = ci.directory.file("dir")
        try await run(
            ["skopeo", "--insecure-policy", "copy", "-q", "docker-archive:\(first)", "dir:\(folder)"],
            environment: ci.variables())
        try ci.directory.write("secret", #"{"rootfs":{"diff_ids":[]},"auths":"hidden-4711"}"#)
        for (script, words) in [
            ("echo '{}' >$(jq -r '.config.digest[7:]' manifest.json)", "as the manifest says"),
            (#"echo '{"config":{"digest":"x:../secret"},"layers":[]}' >manifest.json"#, "is no digest"),
        ] {
            let copy = ci.directory.file("copy")
            try await run(["sh", "-euc", "cp -r \(folder) \(copy); cd \(copy); \(script)"])
            let result = try await compare(copy, folder)
            #expect(result.status == 1 && result.stderr.contains(words), "\(result)")
            #expect(!"\(result)".contains("hidden-4711"))
            try await run(["rm", "-r", copy])
        }
    }

    @Test func `a pipe is not waited for, and no time is too far away`() async throws {
        let make = """
            import os, sys, tarfile
            for name, time in ("one", 1e300), ("other", 5):
                os.makedirs(name + "/folder")
                os.mkfifo(name + "/folder/pipe")
                with tarfile.open(name + "/x.tar", "w", format=tarfile.PAX_FORMAT) as archive:
                    member = tarfile.TarInfo("x")
                    member.pax_headers = {"mtime": repr(time)}
                    archive.addfile(member)
            """
        try await run(["python3", "-c", make], directory: ci.directory.path)
        #expect(try await compare("one/folder", "other/folder").status == 0)
        #expect(try await compare("one/folder/pipe", "other/folder/pipe").status == 0)
        let times = try await compare("one/x.tar", "other/x.tar", ["--names", "built first", "built again"])
        #expect(times.status == 104 && times.stdout.contains("1970-01-01T00:00:05Z"), "\(times)")
        #expect(times.stdout.contains("First: <code>built first</code>") && !times.stdout.contains("x.tar"), "\(times)")
    }

    @Test func `long reports are cut, and are added to a file`() async throws {
        let first = try await image("first", "true")
        let second = try await image("second", "for i in $(seq 30); do : >$i; done")
        let report = try ci.directory.write("report.md", "before\n")
        let result = try await compare(first, second, ["--rows", "5", "--report", report])
        #expect(result.status == 104 && result.stdout.contains("| and 25 more |"), "\(result)")
        let text = try ci.directory.readText("report.md")
        #expect(text.hasPrefix("before\n") && text.contains("and 25 more"), "\(text)")
    }

    @Test(arguments: [["only"], ["--nothing", "a", "b"], ["a", "b", "c"]])
    func `wrong arguments are said`(_ arguments: [String]) async throws {
        let result = try await ci.run("image-diff.py", arguments)
        #expect(result.status == 64 && result.stderr.contains("--help"), "\(result)")
    }

    @Test func `what cannot be read is said`() async throws {
        let first = try await image("first", "echo a >f")
        let absent = try await compare(first, ci.directory.file("absent"))
        #expect(absent.status == 1 && absent.stderr.contains("absent"), "\(absent)")
        try ci.directory.write("folder/file", "text")
        let mixed = try await compare(first, ci.directory.file("folder"))
        #expect(mixed.status == 1 && mixed.stderr.contains("is an image"), "\(mixed)")
    }
}
