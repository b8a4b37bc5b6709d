import JSON
import Support
import Testing

/// The options that every command has, and the variables beside them.
@Suite struct OptionTests {
    private func project() throws -> (Project, String) {
        let project = try Project()
        try project.write("f.txt", "f\n")
        return (project, "file://\(project.file("f.txt"))")
    }

    // MARK: Where the lock is

    @Test func theFolderIsTheOptionsOrTheVariablesOrPins() async throws {
        let (project, source) = try project()
        try await project.pinr("add", source, "--name", "a", "-d", "one/two").expect(0)
        try await project.pinr("add", source, "--name", "b", environment: ["PINR_DIRECTORY": "three"]).expect(0)
        try await project.pinr(
            "add", source, "--name", "c", "--directory", "four", environment: ["PINR_DIRECTORY": "no"]
        )
        .expect(0)
        try await project.pinr("add", source, "--name", "d", environment: ["PINR_DIRECTORY": ""]).expect(0)
        #expect(try project.list(".") == ["f.txt", "four", "one", "pins", "three"])
        for (folder, name) in [("one/two", "a"), ("three", "b"), ("four", "c"), ("pins", "d")] {
            #expect(try project.list(folder) == ["default.nix", "pins.json"])
            #expect(try project.lock("\(folder)/pins.json")["pins"]?.object?.keys == [name])
            #expect(try await project.pinr("show", "-d", project.file(folder)).expect(0).lines.first == name)
        }
        // No search upward.
        try await project.pinr("init", "--bare", "-d", "pins/deeper").expect(0)
        #expect(try await project.pinr("show", "-d", "pins/deeper").expect(0).stdout == "")
    }

    @Test func aLockFileAloneHasNoDefaultNix() async throws {
        let (project, source) = try project()
        try project.write("a/x", "")
        try await project.pinr("add", source, "--name", "a", "--lock-file", "a/lock.json").expect(0)
        #expect(try project.list("a") == ["lock.json", "x"])
        let variables = ["PINR_LOCK_FILE": "a/lock.json", "PINR_DIRECTORY": "pins"]
        let twin = try await project.pinr("add", source, "--name", "b", environment: variables).expect(0)
        #expect(twin.lines.last == "  also    pinned as a")
        try await project.pinr("init", environment: variables).expect(0)
        try await project.pinr("freeze", "a", environment: variables).expect(0)
        #expect(try project.lock("a/lock.json")["pins"]?.object?.keys == ["a", "b"])
        #expect(try project.list(".") == ["a", "f.txt"])
        #expect(try project.list("a") == ["lock.json", "x"])
        // An option wins over a variable.
        try await project.pinr("init", "--bare", "-d", "pins", environment: variables).expect(0)
        #expect(try project.list("pins") == ["default.nix", "pins.json"])
    }

    @Test func aLinkedLockIsWrittenThrough() async throws {
        let (project, source) = try project()
        try await project.pinr("init", "--bare", "-d", "real").expect(0)
        try await run(
            ["sh", "-c", "mkdir pins && ln -s ../real/pins.json pins/pins.json && chmod 640 real/pins.json"],
            directory: project.path)
        try await project.pinr("add", source, "--name", "a").expect(0)
        #expect(try project.lock("real/pins.json")["pins"]?.object?.keys == ["a"])
        let facts = try await run(["stat", "-c", "%F %a", "pins/pins.json", "real/pins.json"], directory: project.path)
        #expect(facts.lines.first?.hasPrefix("symbolic link") == true)
        #expect(facts.lines.last == "regular file 640")
    }

    // MARK: What is said

    @Test func quietSaysNothingButErrors() async throws {
        let (project, source) = try project()
        try await project.pinr("add", source, "--name", "a", "--frozen").expect(0)
        let loud = try await project.pinr("update", "a").expect(0, quietly: false)
        #expect(loud.stderr.contains("warning: "))
        try await project.pinr("update", "a", "-q").expect(0)
        try await project.pinr("update", "b", "--quiet").expectFailure(saying: "`b`")
        let verbose = try await project.pinr("verify", "-v").expect(0, quietly: false)
        #expect(verbose.stderr.contains("a"))
        #expect(verbose.lines == ["a: ok"])
    }

    @Test(arguments: [
        ([], [:], false), (["--color", "always"], [:], true), (["--color", "never"], ["CLICOLOR_FORCE": "1"], false),
        ([], ["CLICOLOR_FORCE": "1"], true), ([], ["CLICOLOR_FORCE": "0"], false),
        ([], ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], false), (["--color", "always"], ["NO_COLOR": "1"], true),
        ([], ["CLICOLOR_FORCE": "1", "NO_COLOR": ""], true),
    ])
    func colorIsAsAsked(options: [String], environment: [String: String], isColored: Bool) async throws {
        let (project, source) = try project()
        let failure = try await project.pinr(["show"] + options, environment: environment)
        #expect(failure.stderr.contains("\u{1B}[") == isColored, "\(failure)")
        // Facts have no colour ever.
        let added = try await project.pinr(["add", source] + options, environment: environment).expect(0)
        #expect(!added.stdout.contains("\u{1B}"))
    }

    @Test func offlineRefusesTheNetworkAndNothingElse() async throws {
        let repository = try await Upstream.shared().github()
        let web = try repository.upstream.put("files/\(repository.upstream.uniqueName()).tar.gz", [])
        let (project, source) = try project()
        for wanted in [
            "github:\(repository.owner)/\(repository.repo)", "nixpkgs", web, "git+\(repository.url)",
            "git://127.0.0.1/x", "ssh://127.0.0.1/x",
        ] {
            let run = try await project.pinr(
                "add", wanted, "--offline", environment: repository.upstream.environment)
            run.expectFailure(saying: "`--offline` forbids the network")
            try expectError(
                "offline",
                try await project.pinr(
                    "add", wanted, "--offline", "--json", environment: repository.upstream.environment))
        }
        let asked = repository.upstream.forge.accessLog().map(\.uri)
        #expect(!asked.contains { $0.contains(repository.owner) || web.hasSuffix($0) })
        try await project.pinr("add", "git+file://\(repository.bare.path)", "--name", "g", "--offline").expect(0)
        try await project.pinr("add", source, "--name", "a", "--offline").expect(0)
        for command in [["show"], ["verify"], ["update"], ["freeze", "a"]] {
            try await project.pinr(command + ["--offline"]).expect(0)
        }
    }

    @Test(.timeLimit(.minutes(10))) func aTransferMayTakeSoLongAndNoLonger() async throws {
        let upstream = try await Upstream.shared()
        let url = try upstream.put("slow/\(upstream.uniqueName()).bin", [UInt8](repeating: 1, count: 100_000))
        let (project, _) = try project()
        try await project.pinr("add", url, "--timeout", "0.5").expectFailure(saying: "0.5 seconds", "--timeout")
        try expectError("timeout", try await project.pinr("add", url, "--timeout", "0.5", "--json"))
    }

    @Test func factsThatNobodyCanHaveAreAFailure() async throws {
        let (project, source) = try project()
        try await project.pinr("add", source).expect(0)
        for (shell, status, text) in [
            ("'\(Binary.pinr)' show > /dev/full", Int32(1), "cannot write to standard output"),
            // Nobody reads any more: what a shell says of a program that a broken pipe ended.
            ("{ sleep 0.5; '\(Binary.pinr)' show; echo $? >&2; } | { exec <&-; sleep 1; }", 0, "141"),
        ] {
            let run = try await runProcess(
                ["sh", "-c", shell],
                environment: project.variables(try project.newTemporaryFolder(), [:]), directory: project.path)
            #expect(run.status == status && run.stderr.contains(text), "\(shell): \(run)")
        }
    }

    // MARK: The command line itself

    @Test(arguments: [
        [], ["nonsense"], ["add"], ["add", "a", "b"], ["show", "--nonsense"], ["freeze"], ["rename", "a"], ["remove"],
        ["hash"], ["hash", "x", "--format", "base64"], ["show", "--color", "red"], ["show", "--jobs", "many"],
        ["show", "-d", "a", "--lock-file", "b"], ["show", "-d", ""], ["show", "--timeout", "0"], ["show", "-v", "-q"],
    ])
    func whatCannotBeReadIsAUsageError(_ arguments: [String]) async throws {
        let project = try Project()
        let run = try await project.pinr(arguments)
        guard !arguments.isEmpty else {
            // Who says nothing is shown what there is to say.
            #expect(run.stdout.contains("USAGE") || run.stderr.contains("USAGE"), "\(run)")
            return
        }
        #expect(run.status == 64, "\(run)")
        #expect(run.stdout == "", "\(run)")
        #expect(run.stderr.contains("Error: ") && run.stderr.contains("Usage: "), "\(run)")
        try expectError("usage", try await project.pinr(arguments + ["--json"]), status: 64)
        #expect(try project.list(".") == [])
    }

    @Test func helpAndVersionAreFacts() async throws {
        let project = try Project()
        let version = try await project.pinr("--version").expect(0)
        #expect(version.stdout.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
        for command in [
            [], ["init"], ["add"], ["set"], ["show"], ["explain"], ["update"], ["verify"], ["remove"], ["rename"],
            ["freeze"], ["unfreeze"], ["note"], ["undo"], ["log"], ["hash"], ["completions"],
        ] {
            let help = try await project.pinr(command + ["--help"]).expect(0)
            #expect(help.stdout.contains("USAGE: pinr \(command.first ?? "")"))
            // Terminals have 80 columns, and what is broken by hand or by the terminal is read by nobody.
            for line in help.lines { #expect(line.count <= 80, "\(command): \(line)") }
            let sources = help.lines.drop { $0 != "SOURCE is one of:" }.dropFirst().prefix { !$0.hasPrefix("A REF") }
            for line in sources { #expect(line.hasPrefix("  "), "\(command): \(line)") }
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreScripts(_ shell: String) async throws {
        let project = try Project()
        #expect(try await project.pinr("completions", shell).expect(0).stdout.contains("pinr"))
    }

    @Test func whatShellsCompleteIsThere() async throws {
        let project = try Project()
        let sources = try await project.pinr("---completion", "add", "--", "positional@0", "1", "0").expect(0).lines
        for notation in ["nixpkgs", "home-manager", "channel:", "github:", "git+https://", "tarball+https://"] {
            #expect(sources.contains(notation), "\(notation)")
        }
        #expect(!sources.contains("mine") && !sources.contains("own"))
        try project.write("config/pinr/registry.json", #"{"shortNames":{"own":"github:o/r"},"version":1}"#)
        let withOwn = try await project.pinr(
            "---completion", "add", "--", "positional@0", "1", "0",
            environment: ["XDG_CONFIG_HOME": project.file("config")]
        ).expect(0).lines
        #expect(withOwn.contains("own") && withOwn.contains("nixpkgs"))
        try project.write("f.txt", "f\n")
        try await project.pinr("add", "file://\(project.file("f.txt"))", "--name", "mine").expect(0)
        #expect(try await project.pinr("---completion", "explain", "--", "positional@0", "1", "0").lines == ["mine"])
    }

    @Test(arguments: [
        ("x", "`x` is not a source"), ("gitlab:a", "`gitlab:a` is not a source that can be read"),
        ("github:a", "github:OWNER/REPO"), ("github:../x", "github:OWNER/REPO"), ("channel:", "channel:NAME"),
        ("channel:a/b", "channel:NAME"), ("git+https://u:p@example.org/x", "user name or password"),
        ("https://u:p@example.org/x.tar.gz", "example.org"), ("git+ftp://example.org/x", "`git+ftp"),
        ("file://host/x", "file:///PATH"), ("", "is not a source"),
    ])
    func whatIsNoSourceIsSaid(source: String, text: String) async throws {
        let project = try Project()
        let run = try await project.pinr("add", source)
        run.expectFailure(saying: text)
        #expect(!run.stderr.contains("u:p@"), "a password is shown: \(run)")
        #expect(try project.list(".") == [])
    }

    @Test func aCommandThatIsNoneIsNamed() async throws {
        let project = try Project()
        let run = try await project.pinr("udpate", "--json")
        try expectError("usage", run, status: 64)
        #expect(run.stderr.contains("`udpate` is not a command"))
    }

    @Test func whatIsNoUTF8IsNotMended() async throws {
        let project = try Project()
        for command in ["pinr=$1; PINR_DIRECTORY=$(printf 'p\\377') $pinr show", "$1 show -d $(printf 'd\\377')"] {
            let result = try await runProcess(
                ["sh", "-c", command, "sh", Binary.pinr], environment: isolatedEnvironment(home: project.file("home")),
                directory: project.file("."))
            #expect(result.status == 64)
            #expect(result.stderr.contains("not UTF-8"), "\(result.stderr)")
        }
    }

    @Test(arguments: [
        ["channel:x", "--branch", "b"], ["channel:x", "--unpack"], ["https://h/x.tar.gz", "--at", "v1"],
        ["github:a/b/c", "--branch", "d"], ["github:a/b", "--branch", "c", "--at", "d"],
        ["git+https://h/x", "--no-unpack"],
        ["file+https://h/x", "--unpack"], ["tarball+https://h/x", "--no-unpack"], ["git+https://h/x", "--host", "y"],
    ])
    func whatDoesNotGoTogetherIsSaid(_ arguments: [String]) async throws {
        let project = try Project()
        try await project.pinr(["add"] + arguments).expectFailure(saying: "does not go with")
        try expectError("usage", try await project.pinr(["add", "--json"] + arguments))
    }
}
