import JSON
import Lockfile
import NixHash

@testable import Updates

/// Pages as they could be, and one as it should never be.
enum ExamplePage {
    static let now: Int64 = 1_795_689_600  // 2026-11-26 10:40 UTC
    static let day: Int64 = 86_400

    static func revision(_ seed: String) -> String {
        SHA256.hash(Array(seed.utf8)).hex.prefix(40).description
    }

    static func archive(
        _ url: String, _ seed: String, version: String? = nil, age days: Int64?, hasRevision: Bool = true
    ) -> Locked {
        let hash = SHA256.hash(Array(seed.utf8))
        return Locked(
            fetch: .tarball(url: url, hash: hash), revision: hasRevision ? revision(seed) : nil, version: version,
            lastModified: days.map { now - $0 * day - 3000 })
    }

    static func pin(_ name: String, _ tracked: String, _ standing: ReportedPin.Standing, _ locked: Locked?)
        -> ReportedPin
    {
        ReportedPin(name: name, tracked: tracked, standing: standing, locked: locked)
    }

    static func step(
        _ what: ReportedPin.Step.What, _ days: Int64, subject: String, author: String = "Ada Example"
    ) -> ReportedPin.Step {
        .init(
            what,
            commit: .init(
                id: revision("\(subject) \(days)"), time: now - days * day, author: author, subject: subject))
    }

    static func forge(
        _ name: String, _ repository: String, _ standing: ReportedPin.Standing, age: Int64, version: String? = nil,
        behind: (commits: Int, days: Int64, versions: Int?)? = nil, newVersion: String? = nil,
        verified: Int64? = nil, changed: [Int64] = []
    ) -> ReportedPin {
        let url = "https://github.com/\(repository)/archive/\(revision(name)).tar.gz"
        var pin = pin(
            name, "github:\(repository)" + (version == nil ? "" : " releases"), standing,
            archive(url, name, version: version, age: age))
        if let behind {
            let newest = revision(name + " newest")
            pin.newest = .init(version: newVersion, revision: newest, time: now - (age - behind.days) * day - 3000)
            pin.versions = behind.versions
            pin.commits = .init(
                count: behind.commits, isAtLeast: behind.commits >= 5000,
                newest: (0..<min(5, behind.commits)).map { index in
                    .init(
                        id: revision("\(name) \(index)"),
                        subject: [
                            "Fix a race between the watcher and the writer (#4211)",
                            "Merge pull request #98 from someone/improve-docs",
                            "deps: bump the newest of everything", "Take less memory where there is little",
                            "Say which file was meant",
                        ][index], time: now - (age - behind.days + Int64(index)) * day)
                })
            pin.compareURL = "https://github.com/\(repository)/compare/\(revision(name))...\(newest)"
            if let newVersion {
                pin.releaseNotesURL = "https://github.com/\(repository)/releases/tag/\(newVersion)"
            }
        }
        pin.verifiedAt = verified.map { now - $0 * day }
        pin.steps = changed.enumerated().map { index, days in
            let isFirst = index == changed.count - 1
            let after = String(revision("\(name) before \(index - 1)").prefix(12))
            let before = String(revision("\(name) before \(index)").prefix(12))
            return step(
                isFirst ? .added(after) : .moved(from: before, to: after), days,
                subject: isFirst ? "Pin \(name)" : "pins: update \(name)")
        }
        return pin
    }

    /// Some thirty pins of a project that is neither new nor well kept.
    static let usual: ReportPage = {
        var pins = [
            forge(
                "home-manager", "nix-community/home-manager", .behind, age: 61, behind: (312, 58, nil),
                verified: 20, changed: [40, 61, 180]),
            forge(
                "crane", "ipetkov/crane", .behind, age: 420, version: "0.17.3", behind: (188, 400, 9),
                newVersion: "v0.21.0", verified: 400, changed: [418]),
            forge(
                "rust-overlay", "oxalica/rust-overlay", .behind, age: 12, behind: (24, 12, nil),
                changed: [11, 19, 26, 33, 40]),
            forge("linux", "torvalds/linux", .behind, age: 900, behind: (5000, 898, nil), changed: [880]),
            forge(
                "treefmt-nix", "numtide/treefmt-nix", .behind, age: 2, behind: (1, 0, nil), verified: 1,
                changed: [1, 9]),
            forge("flake-parts", "hercules-ci/flake-parts", .upToDate, age: 25, verified: 3, changed: [24, 300]),
            forge("disko", "nix-community/disko", .upToDate, age: 5, version: "v1.12.0", verified: 3, changed: [4]),
            forge(
                "sops-nix", "Mic92/sops-nix", .upToDate, age: 1, verified: 0,
                changed: [0, 7, 14, 21, 28, 35, 42, 60, 80]),
            forge("impermanence", "nix-community/impermanence", .upToDate, age: 500, changed: [480]),
            forge("nix-darwin", "LnL7/nix-darwin", .upToDate, age: 9, verified: 3, changed: [8]),
            forge("gitignore.nix", "hercules-ci/gitignore.nix", .upToDate, age: 1300, verified: 900, changed: [1200]),
            forge("naersk", "nix-community/naersk", .upToDate, age: 80, changed: [75, 200]),
            forge("poetry2nix", "nix-community/poetry2nix", .upToDate, age: 330, changed: [320]),
            forge("devshell", "numtide/devshell", .upToDate, age: 150, verified: 100, changed: [150]),
            forge("nixos-hardware", "NixOS/nixos-hardware", .upToDate, age: 3, changed: [2, 12, 30]),
            forge(
                "lanzaboote", "nix-community/lanzaboote", .fixed, age: 640, version: "v0.4.1", verified: 30,
                changed: [600]),
        ]
        var nixpkgs = pin(
            "nixpkgs", "channel:nixos-unstable", .behind,
            archive(
                "https://releases.nixos.org/nixos/unstable/nixos-26.11pre899128.3f1a1c0e9d2b/nixexprs.tar.xz",
                "nixpkgs",
                version: "nixos-26.11pre899128.3f1a1c0e9d2b", age: 31))
        nixpkgs.newest = .init(
            version: "nixos-26.11pre913377.90b0c7a4e5f1", revision: revision("nixpkgs new"), time: now - day)
        nixpkgs.compareURL =
            "https://github.com/NixOS/nixpkgs/compare/\(revision("nixpkgs"))...\(revision("nixpkgs new"))"
        nixpkgs.group = "base"
        nixpkgs.verifiedAt = now - 4 * day
        nixpkgs.note = "Moves on Mondays.\nAsk the people of the build farm before it moves twice in a week."
        nixpkgs.steps = [31, 45, 60, 92, 365].enumerated().map { index, days in
            func version(_ number: Int) -> String {
                "nixos-26.\(number)pre\(800_000 + number).\(revision("\(number)").prefix(12))"
            }
            return step(
                index == 4
                    ? .added(version(6)) : .moved(from: version(10 - index), to: version(11 - index)), Int64(days),
                subject: "pins: update nixpkgs", author: "Grace Example")
        }
        nixpkgs.steps.insert(.init(.changed("frozen no more"), commit: nil), at: 0)
        pins.append(nixpkgs)
        var stable = pin(
            "nixpkgs-stable", "channel:nixos-25.05", .upToDate,
            archive(
                "https://releases.nixos.org/nixos/25.05/nixos-25.05.8/nixexprs.tar.xz", "stable",
                version: "nixos-25.05.8", age: 210))
        stable.group = "base"
        pins.append(stable)

        var frozen = forge(
            "openssl", "openssl/openssl", .behind, age: 700, version: "3.3.2", behind: (4120, 690, 12),
            newVersion: "openssl-4.0.1", verified: 14, changed: [690])
        frozen.frozen = Frozen(
            reason: "4.0 drops the engine API, which our HSM needs; see the ticket of the hardware group",
            since: "2026-03-02")
        pins.append(frozen)
        var quiet = forge("zig-overlay", "mitchellh/zig-overlay", .upToDate, age: 45, changed: [44])
        quiet.frozen = Frozen(since: "2026-11-01")
        pins.append(quiet)

        var registry = pin(
            "requests", "pypi:requests <3", .behind,
            archive(
                "https://files.pythonhosted.org/packages/source/r/requests/requests-2.31.0.tar.gz", "requests",
                version: "2.31.0", age: 1280, hasRevision: false))
        registry.newest = .init(version: "2.34.2", time: now - 90 * day)
        registry.versions = 7
        registry.verifiedAt = now - 2 * day
        registry.steps = [step(.added("2.31.0"), 1200, subject: "Pin requests")]
        pins.append(registry)
        pins.append(
            pin(
                "serde", "crates:serde", .upToDate,
                archive(
                    "https://static.crates.io/crates/serde/serde-1.0.228.crate", "serde", version: "1.0.228", age: 60,
                    hasRevision: false)))
        let digest = "sha256:" + SHA256.hash(Array("image".utf8)).hex
        var image = pin(
            "debian", "oci:docker.io/library/debian:bookworm-slim", .behind,
            Locked(
                fetch: .oci(
                    OCIFetch(
                        image: "docker.io/library/debian", tag: "bookworm-slim", digest: digest, os: "linux",
                        arch: "amd64",
                        hash: SHA256.hash(Array("debian".utf8))))))
        image.newest = .init()
        image.steps = [step(.added("sha256:6d87375016340817"), 75, subject: "Pin the base image")]
        pins.append(image)

        let refused: JSONObject = [
            "code": "network", "message": "cannot reach git.internal.example: connection refused",
            "url": "https://git.internal.example/infra/secrets-tool.git",
            "hint": "is the VPN up?",
        ]
        var failed = pin(
            "secrets-tool", "git+https://git.internal.example/infra/secrets-tool.git", .failed(refused),
            Locked(
                fetch: .git(
                    GitFetch(
                        url: "https://git.internal.example/infra/secrets-tool.git", ref: "refs/heads/main",
                        revision: revision("secrets"), hash: SHA256.hash(Array("secrets".utf8)))),
                lastModified: now - 130 * day))
        failed.steps = [
            step(.added(String(revision("secrets").prefix(12))), 128, subject: "Pin the tool for secrets")
        ]
        pins.append(failed)
        pins.append(
            pin(
                "from-the-future", "bad-type", .failed(["code": "bad-lock", "message": "`source.type` is missing"]), nil
            ))
        pins.append(
            forge(
                "jq", "jqlang/jq",
                .held("the tag `jq-1.7.1` now leads to 9c5d; the pin stays at what it was locked to"),
                age: 1020, version: "1.7.1", verified: 500, changed: [1000]))
        var mutable = pin(
            "geoip", "https://example.org/downloads/GeoLite2-City.mmdb",
            .unknown("only a download would tell whether it has changed"),
            Locked(
                fetch: .file(
                    url: "https://example.org/downloads/GeoLite2-City.mmdb", hash: SHA256.hash(Array("geo".utf8)),
                    name: "GeoLite2-City.mmdb"), lastModified: now - 6 * day))
        mutable.verifiedAt = now - 6 * day
        pins.append(mutable)
        let long =
            "a-name-that-somebody-made-much-too-long-because-nobody-said-otherwise-and-that-is-a-pin-all-the-same"
        pins.append(
            forge(
                long, "an-organisation-with-a-long-name/a-repository-that-has-one-as-well.and-more", .upToDate, age: 18,
                changed: [17]))
        pins.append(forge("ocaml-overlay", "nix-ocaml/nix-overlays", .upToDate, age: 4, verified: 0, changed: [3]))
        pins.append(
            pin(
                "snapshot", "tarball+https://example.org/snapshot.tar.xz", .unknown("upstream was not asked"),
                archive("https://example.org/snapshot.tar.xz", "snapshot", age: 20_000, hasRevision: false)))
        pins.append(
            forge(
                "helix", "helix-editor/helix",
                .waiting("minimum age: 14 days: the newest is too young; next on 2026-12-02"),
                age: 200, version: "25.07", behind: (900, 192, 1), newVersion: "26.11", changed: [190]))
        return ReportPage(madeAt: now, lock: "pins/pins.json", pins: pins)
    }()

    /// As many as a large organisation has.
    static let large: ReportPage = {
        var page = ReportPage(madeAt: now, lock: "pins/pins.json")
        for number in 0..<300 {
            let isBehind = number % 3 == 0
            let changed = (0..<(number % 12)).map { Int64($0 * 20 + 1) }
            page.pins.append(
                forge(
                    "pin-\(number)", "organisation/repository-\(number)", isBehind ? .behind : .upToDate,
                    age: Int64(number * 7 + 1), behind: isBehind ? (number + 1, Int64(number), nil) : nil,
                    changed: changed))
        }
        return page
    }()

    /// Texts that would be something else than text if they were not escaped.
    static let hostileTexts = [
        "<script>window.evil=1</script>", "\"><img src=x onerror=window.evil=1>", "' onmouseover='window.evil=1",
        "</title></style></svg><script>window.evil=1</script>", "<!-- ", "]]>", "&lt;b&gt;&amp;",
        "javascript:window.evil=1",
        "a\u{202E}b\u{2066}c", "\u{0}\u{1}\u{1B}[31m\u{7F}\u{85}\u{2028}\u{FFFE}\u{E0001}", "שלום עולם",
        "e\u{301}\u{1F468}\u{200D}\u{1F469}",
    ]

    /// The same as they are to be seen.
    static let shownHostileTexts = [
        hostileTexts[0], hostileTexts[1], hostileTexts[2], hostileTexts[3], hostileTexts[4], hostileTexts[5],
        hostileTexts[6], hostileTexts[7], "a\\u{202e}b\\u{2066}c",
        "\\u{0}\\u{1}\\u{1b}[31m\\u{7f}\\u{85}\\u{2028}\\u{fffe}\\u{e0001}", hostileTexts[10],
        "e\u{301}\u{1F468}\\u{200d}\u{1F469}",
    ]

    /// Everything that can come from outside is hostile, and so are the links.
    static let hostile: ReportPage = {
        var page = ReportPage(madeAt: now, lock: hostileTexts[3])
        page.historyGap = hostileTexts[0]
        page.pins = hostileTexts.enumerated().flatMap { index, text -> [ReportedPin] in
            var behind = pin(
                "\(index)" + text, text, .behind,
                Locked(
                    fetch: .file(url: text, hash: SHA256.hash(Array(text.utf8)), name: "x"), version: text,
                    lastModified: index % 2 == 0 ? .max : .min))
            behind.newest = .init(version: text, revision: text, time: index % 2 == 0 ? .min : .max)
            behind.note = text
            behind.group = text
            behind.compareURL = text
            behind.releaseNotesURL = "https://user:secret@example.org/\(index)"
            behind.commits = .init(count: 3, newest: [.init(id: text, subject: text, time: .max)])
            let commit = PinHistory.Commit(id: text, time: .min, author: text, subject: text)
            behind.steps = [
                .init(.changed(text), commit: nil), .init(.moved(from: text, to: text), commit: commit),
                .init(.added(text), commit: commit), .init(.removed(text), commit: commit),
            ]
            behind.verifiedAt = .max
            var frozen = behind
            frozen.name = "frozen \(index)" + text
            frozen.frozen = Frozen(reason: text, since: text)
            let held = pin("held \(index)" + text, text, .held(text), behind.locked)
            let failed = pin(
                "failed \(index)" + text, text,
                .failed(["code": "network", "message": .string(text), "hint": .string(text)]), nil)
            return [behind, frozen, held, failed]
        }
        return page
    }()
}
