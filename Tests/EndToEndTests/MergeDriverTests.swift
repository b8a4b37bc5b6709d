import Foundation
import JSON
import Support
import Testing

/// The merge driver as git runs it, in real repositories.
@Suite struct MergeDriverTests {
    /// A repository with a lock, and the driver set up in it.
    struct Repository {
        let project: Project
        let lock: String

        init(_ pins: JSON, lock: String = "pins/pins.json", installing: [String] = ["merge-driver", "--install"])
            async throws
        {
            project = try Project()
            self.lock = lock
            try await git("init", "--quiet", "--initial-branch=main", ".").succeeds()
            try write(pins)
            if !installing.isEmpty { try await project.pinr(installing).expect(0) }
            try await commit("base")
        }

        func git(_ arguments: String..., environment: [String: String] = [:]) async throws -> ProcessResult {
            let identity = [
                "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A",
                "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_EDITOR": "true",
            ]
            return try await runProcess(
                ["git"] + arguments,
                environment: project.variables(project.directory.file("tmp"), identity.merging(environment) { $1 }),
                directory: project.path)
        }

        func write(_ pins: JSON) throws { try write(bytes: ["pins": pins, "version": 1]) }

        func write(bytes document: JSON) throws {
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: project.file(lock)).deletingLastPathComponent(),
                withIntermediateDirectories: true)
            try project.write(lock, String(decoding: document.serialized(), as: UTF8.self))
        }

        func commit(_ message: String) async throws {
            try await git("add", "-A").succeeds()
            try await git("commit", "--quiet", "-m", message).succeeds()
        }

        /// Commits these pins on a branch that begins at another.
        func branch(_ name: String, from start: String = "main", _ pins: JSON) async throws {
            try await git("checkout", "--quiet", "-B", name, start).succeeds()
            try write(pins)
            try await commit(name)
        }

        var text: String { get throws { String(decoding: try project.read(lock), as: UTF8.self) } }
        var pins: JSON? { get throws { try project.lock(lock)["pins"] } }
    }

    static func pin(_ place: Int, date: Int64, branch: String = "main", note: String? = nil) -> JSON {
        var pin: JSONObject = [
            "locked": [
                "fetcher": "git", "hash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                "lastModified": .number(JSONNumber(date)), "ref": .string("refs/heads/\(branch)"),
                "revision": .string(String(repeating: "\(place)", count: 40)), "url": "file:///nowhere/r.git",
            ],
            "source": ["branch": .string(branch), "type": "git", "url": "file:///nowhere/r.git"],
        ]
        // Another tree has another hash.
        let digits = Array("ABCDEFGHIJ".unicodeScalars)[place]
        pin["locked"] = pin["locked"].flatMap { locked in
            var object = locked.object ?? [:]
            object["hash"] = .string("sha256-4\(digits)DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
            return .object(object)
        }
        pin["note"] = note.map { .string($0) }
        return .object(pin)
    }

    private func pins(_ members: [(String, JSON)]) -> JSON { .object(JSONObject(members)) }

    // MARK: What needs nobody

    @Test func additionsAndRemovalsOfBothSides() async throws {
        let one = Self.pin(1, date: 1)
        let repository = try await Repository(["a": one, "b": one, "c": one])
        try await repository.branch("theirs", ["a": one, "c": one, "d": Self.pin(2, date: 2)])
        try await repository.branch("ours", ["b": one, "c": one, "e": Self.pin(3, date: 3)])
        let run = try await repository.git("merge", "--no-edit", "theirs").succeeds()
        #expect(!(run.stdout + run.stderr).contains("CONFLICT"))
        #expect(try repository.pins == ["c": one, "d": Self.pin(2, date: 2), "e": Self.pin(3, date: 3)])
        try await repository.project.pinr("show", "--plain").expect(0)
    }

    @Test func aPinThatBothMovedIsTheLaterOneAndThatIsSaid() async throws {
        let repository = try await Repository(["a": Self.pin(1, date: 1)])
        try await repository.branch("theirs", ["a": Self.pin(3, date: 300)])
        try await repository.branch("ours", ["a": Self.pin(2, date: 200)])
        let run = try await repository.git("merge", "--no-edit", "theirs").succeeds()
        let said = run.stdout + run.stderr
        #expect(said.contains("pins/pins.json: a: moved on both sides; taken from theirs, which is later"), "\(said)")
        #expect(try repository.pins == ["a": Self.pin(3, date: 300)])
    }

    @Test(arguments: ["rebase", "cherry-pick"])
    func otherWaysToMerge(_ command: String) async throws {
        let one = Self.pin(1, date: 1)
        let repository = try await Repository(["a": one])
        try await repository.branch("theirs", ["a": one, "b": one])
        try await repository.branch("ours", ["a": Self.pin(2, date: 2), "c": one])
        try await repository.git(command, "theirs").succeeds()
        #expect(try repository.pins == ["a": Self.pin(2, date: 2), "b": one, "c": one])
    }

    @Test func oneBranchAfterAnother() async throws {
        let one = Self.pin(1, date: 1)
        let repository = try await Repository(["m": one])
        for name in ["a", "b", "c"] { try await repository.branch(name, pins([("m", one), (name, one)])) }
        try await repository.git("checkout", "--quiet", "main").succeeds()
        // Not all at once: git's octopus calls no drivers.
        for name in ["a", "b", "c"] { try await repository.git("merge", "--no-edit", name).succeeds() }
        #expect(try repository.pins == ["a": one, "b": one, "c": one, "m": one])
    }

    @Test func bothMadeTheFile() async throws {
        let repository = try await Repository([:])
        let one = Self.pin(1, date: 1)
        try await repository.git("checkout", "--quiet", "--orphan", "ours").succeeds()
        try repository.write(["a": one])
        try await repository.commit("ours")
        try await repository.git("checkout", "--quiet", "--orphan", "theirs").succeeds()
        try repository.write(["b": one])
        try await repository.commit("theirs")
        try await repository.git("merge", "--no-edit", "--allow-unrelated-histories", "ours").succeeds()
        #expect(try repository.pins == ["a": one, "b": one])
    }

    // MARK: Which is further

    @Test(arguments: [true, false])
    func gitKnowsBetterThanDates(_ isOnline: Bool) async throws {
        let repository = try await Repository([:])
        let upstream = try await TestRepository(at: repository.project.directory.file("upstream"))
        var revisions: [String] = []
        for (index, date) in [1_700_000_300, 1_700_000_200, 1_700_000_100].enumerated() {
            try upstream.write("f", "\(index)")
            revisions.append(try await upstream.commit("\(index)", date: date))
        }
        func pin(_ index: Int) throws -> JSON {
            var object = try #require(Self.pin(index + 1, date: 1_700_000_300 - Int64(index) * 100).object)
            var locked = try #require(object["locked"]?.object)
            locked["revision"] = .string(revisions[index])
            locked["url"] = .string("file://\(upstream.path)")
            object["locked"] = .object(locked)
            object["source"] = ["branch": "main", "type": "git", "url": .string("file://\(upstream.path)")]
            return .object(object)
        }
        for (name, index) in [("ancestor", 0), ("current", 1), ("other", 2)] {
            let document: JSON = ["pins": ["a": try pin(index)], "version": 1]
            try repository.project.write(name, String(decoding: document.serialized(), as: UTF8.self))
        }
        // The newest commit has the earliest date.
        let options = isOnline ? [] : ["--offline"]
        let run = try await repository.project.pinr(
            ["merge-driver", "ancestor", "current", "other", "pins/pins.json", "--json"] + options
        ).expect(0, quietly: false)
        let merged = try run.json["merged"]?[0]
        #expect(merged?["decision"]?.string == (isOnline ? "descendant" : "later"), "\(run)")
        #expect(merged?["side"]?.string == (isOnline ? "theirs" : "ours"), "\(run)")
        let lock = try JSON(parsing: repository.project.read("current"))
        #expect(try lock["pins"]?["a"] == pin(isOnline ? 2 : 1))
    }

    // MARK: What is left to choose

    /// Two sides that made a pin track something else, beside what can be merged.
    private func conflicted(_ repository: Repository) async throws {
        let one = Self.pin(1, date: 1)
        try await repository.branch("theirs", ["a": Self.pin(3, date: 3, branch: "theirs"), "m": one, "y": one])
        try await repository.branch("ours", ["a": Self.pin(2, date: 2, branch: "ours"), "m": one, "z": one])
    }

    @Test func aConflictIsLeftForOnePinAlone() async throws {
        let one = Self.pin(1, date: 1)
        let repository = try await Repository(["a": one, "m": one])
        try await conflicted(repository)
        let run = try await repository.git("merge", "--no-edit", "theirs")
        #expect(run.status == 1)
        #expect((run.stdout + run.stderr).contains("a: conflict: each side changed what it tracks"), "\(run)")
        let text = try repository.text
        #expect(text.contains("\"y\"") && text.contains("\"z\""))
        let lines = text.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("<<<<<<<") || $0 == "=======" || $0.hasPrefix(">>>>>>>") }.count == 3)
        try await repository.project.pinr("show")
            .expectFailure(saying: "merge conflict", "line 3", "the pin `a`", "resolve the conflict")

        // A person takes theirs.
        var (isOurs, kept) = (false, [Substring]())
        for line in lines {
            if line.hasPrefix("<<<<<<<") { isOurs = true }
            if line == "=======" { isOurs = false }
            let isMark = ["<<<<<<<", "=======", ">>>>>>>"].contains { line.hasPrefix($0) }
            if !isOurs && !isMark { kept.append(line) }
        }
        try repository.project.write("pins/pins.json", kept.joined(separator: "\n") + "\n")
        try await repository.project.pinr("show", "a").expect(0)
        #expect(try repository.pins?["a"] == Self.pin(3, date: 3, branch: "theirs"))
        try await repository.commit("merged")
        #expect(try await repository.git("status", "--porcelain").stdout == "")
    }

    @Test func theStateBeforeIsShownWhereGitIsToldSo() async throws {
        let one = Self.pin(1, date: 1)
        let repository = try await Repository(["a": one, "m": one])
        try await repository.git("config", "merge.conflictStyle", "diff3").succeeds()
        try repository.project.write(
            ".gitattributes",
            String(decoding: try repository.project.read(".gitattributes"), as: UTF8.self)
                + "* conflict-marker-size=11\n")
        try await repository.commit("longer")
        try await conflicted(repository)
        #expect(try await repository.git("merge", "--no-edit", "theirs").status == 1)
        let text = try repository.text
        for mark in ["\n<<<<<<<<<<< ", "\n||||||||||| base\n", "\n===========\n", "\n>>>>>>>>>>> "] {
            #expect(text.contains(mark), "\(mark) is not in \(text)")
        }
        #expect(text.contains(String(repeating: "1", count: 40)))
    }

    @Test func whatWasResolvedOnceIsResolvedAgain() async throws {
        let one = Self.pin(1, date: 1)
        let repository = try await Repository(["a": one, "m": one])
        try await repository.git("config", "rerere.enabled", "true").succeeds()
        try await conflicted(repository)
        #expect(try await repository.git("merge", "--no-edit", "theirs").status == 1)
        let resolved = ["a": Self.pin(3, date: 3, branch: "theirs"), "m": one, "y": one, "z": one] as JSON
        try repository.write(resolved)
        try await repository.commit("merged")
        try await repository.git("reset", "--quiet", "--hard", "HEAD~1").succeeds()
        // Meanwhile something else has changed, so that the file is not the one of then.
        try repository.write(["a": Self.pin(2, date: 2, branch: "ours"), "m": Self.pin(4, date: 4), "z": one])
        try await repository.commit("more")
        _ = try await repository.git("merge", "--no-edit", "theirs")
        #expect(
            try repository.pins
                == ["a": Self.pin(3, date: 3, branch: "theirs"), "m": Self.pin(4, date: 4), "y": one, "z": one])
    }

    @Test func twoAncestors() async throws {
        let one = Self.pin(1, date: 1)
        let repository = try await Repository(["a": one, "m": one])
        try await conflicted(repository)
        // Each merges the other and takes another side.
        for (name, other, place) in [("ours", "theirs", 2), ("theirs", "ours~0", 3)] {
            try await repository.git("checkout", "--quiet", "-B", "\(name)-merged", name).succeeds()
            #expect(try await repository.git("merge", "--no-edit", other).status == 1)
            try repository.write([
                "a": Self.pin(place, date: Int64(place), branch: name), "m": one, "y": one, "z": one,
            ])
            try await repository.commit("merged")
        }
        let run = try await repository.git("merge", "--no-edit", "ours-merged")
        #expect(run.status == 1, "\(run)")
        let text = try repository.text
        #expect(text.contains(String(repeating: "2", count: 40)) && text.contains(String(repeating: "3", count: 40)))
        #expect(text.components(separatedBy: "<<<<<<<").count == 2, "\(text)")
    }

    @Test(arguments: ["not json", "\u{FEFF}{\"pins\": {}, \"version\": 1}", "{\"pins\": {}, \"version\": 2}"])
    func aSideThatCannotBeReadIsSaidAndNothingWritten(_ theirs: String) async throws {
        let project = try Project()
        let ours = String(
            decoding: (["pins": ["a": Self.pin(1, date: 1)], "version": 1] as JSON).serialized(), as: UTF8.self)
        try project.write("o", "")
        try project.write("a", ours)
        try project.write("b", theirs)
        let run = try await project.pinr("merge-driver", "o", "a", "b", "pins/pins.json")
        run.expectFailure(saying: "`pins/pins.json (theirs)`", "not merged", status: 2)
        #expect(try project.read("a") == Array(ours.utf8))
        #expect(try project.list(".") == ["a", "b", "o"])
        try project.write("b", ours.replacingOccurrences(of: "{\n  \"pins\"", with: "<<<<<<< x\n{\n  \"pins\""))
        try await project.pinr("merge-driver", "o", "a", "b", "pins/pins.json")
            .expectFailure(saying: "has a merge conflict in it", status: 2)
    }

    // MARK: Setting up

    @Test func aPathWithSpacesAndMore() async throws {
        let one = Self.pin(1, date: 1)
        let folder = "my [pins] \"é"
        let install = ["merge-driver", "--install", "--directory", folder]
        let repository = try await Repository(["a": one], lock: "\(folder)/pins.json", installing: install)
        try await repository.branch("theirs", ["a": one, "b": one])
        try await repository.branch("ours", ["a": one, "c": one])
        try await repository.git("merge", "--no-edit", "theirs").succeeds()
        #expect(try repository.pins == ["a": one, "b": one, "c": one])
    }

    @Test func itIsSetUpOnceAndTakenAway() async throws {
        let repository = try await Repository([:], installing: [])
        let project = repository.project
        try project.write(".gitattributes", "*.png binary\r\n*.txt text")
        let first = try await project.pinr("merge-driver", "--install").expect(0)
        #expect(first.stdout.contains("merge.pinr.driver = "))
        let lines = "*.png binary\r\n*.txt text\r\n/pins/pins.json merge=pinr\r\n/pins/default.nix merge=pinr\r\n"
        #expect(try project.read(".gitattributes") == Array(lines.utf8))
        let again = try await project.pinr("merge-driver", "--install", "--json").expect(0)
        #expect(try again.json["written"] == false)
        #expect(try again.json["files"] == ["pins/pins.json", "pins/default.nix"])
        #expect(try project.read(".gitattributes") == Array(lines.utf8))
        let driver = try await repository.git("config", "merge.pinr.driver").stdout
        #expect(
            driver.hasPrefix("'\(Binary.pinr)' merge-driver ") || driver.contains("/pinr' merge-driver "), "\(driver)")

        try await project.pinr("merge-driver", "--uninstall").expect(0)
        #expect(try project.read(".gitattributes") == Array("*.png binary\r\n*.txt text\r\n".utf8))
        #expect(try await repository.git("config", "merge.pinr.driver").status == 1)
        try await project.pinr("merge-driver", "--uninstall").expect(0)
    }

    @Test func outsideOfARepositoryItIsRefused() async throws {
        let project = try Project()
        let ceiling = ["GIT_CEILING_DIRECTORIES": project.directory.path]
        try await project.pinr(["merge-driver", "--install"], environment: ceiling)
            .expectFailure(saying: "in no git repository")
        try await project.pinr("merge-driver", "a", "b").expect(64)
    }

    @Test func inAnotherWorkTree() async throws {
        let one = Self.pin(1, date: 1)
        let repository = try await Repository(["a": one], installing: [])
        try await repository.git("worktree", "add", "--quiet", "-b", "w", "../w").succeeds()
        let other = repository.project.directory.file("w")
        try await repository.project.pinr("merge-driver", "--install", "--directory", "\(other)/pins").expect(0)
        #expect(FileManager.default.fileExists(atPath: "\(other)/.gitattributes"))
        #expect(try await repository.git("config", "merge.pinr.name").status == 0)
    }
}

extension ProcessResult {
    /// Fails the test unless it ended well.
    @discardableResult
    fileprivate func succeeds(sourceLocation: SourceLocation = #_sourceLocation) -> ProcessResult {
        #expect(status == 0, "\(stdout)\n\(stderr)", sourceLocation: sourceLocation)
        return self
    }
}
