import Foundation
import Support
import Testing

@testable import Git

/// What a variable is, compared with `git config --get`.
struct GitSettingsTests {
    private func compare(_ world: LocalWorld, _ keys: [String], in path: String? = nil) async throws {
        let found = try world.open(path)
        for key in keys {
            let expected = try await runProcess(
                ["git", "config", "--get", key], environment: world.environment, directory: path ?? world.top)
            let value = expected.status == 0 ? String(expected.stdout.dropLast()) : nil
            #expect(try found.setting(key) == value, "\(key)")
        }
    }

    @Test func `Files are read in git's order, and the environment last`() async throws {
        var world = try await LocalWorld()
        let home = world.folder.file("home")
        world.environment["GIT_CONFIG_NOSYSTEM"] = nil
        world.environment["GIT_CONFIG_SYSTEM"] = try world.folder.write("system", "[a]\n\tb = system\n\ts = 1\n")
        try world.write("home/.config/git/config", "[a]\n\tb = xdg\n\tx = \"two  \"\n")
        try world.write("home/.gitconfig", "[a]\n\tb = home\n\th = 3 # four\n[A \"Sub.X\"]\n\tKey = 5\n\n")
        let keys = [
            "a.b", "A.B", "a.s", "a.x", "a.h", "a.Sub.X.key", "a.sub.x.key", "a.none", "user.name", "core.bare",
        ]
        try await compare(world, keys)
        try await world.git("config", "a.b", "local")
        try await compare(world, keys)
        try await world.git("config", "extensions.worktreeConfig", "true")
        try await world.repository.commit("one")
        let linked = world.top + "-linked"
        try await world.git("worktree", "add", "--quiet", linked)
        try await world.git("config", "--worktree", "a.b", "tree", in: linked)
        try await compare(world, keys)
        try await compare(world, keys, in: linked)
        world.environment["GIT_CONFIG_PARAMETERS"] = #"'a.b=old style' 'a.q'='it'\''s' 'a.flag'="#
        world.environment["GIT_CONFIG_COUNT"] = "2"
        for (index, value) in ["counted", "x=y"].enumerated() {
            world.environment["GIT_CONFIG_KEY_\(index)"] = index == 0 ? "a.b" : "A.count"
            world.environment["GIT_CONFIG_VALUE_\(index)"] = value
        }
        try await compare(world, keys + ["a.q", "a.count"])
        #expect(try world.open().setting("a.flag") == "true")
        world.environment["GIT_CONFIG_GLOBAL"] = try world.folder.write("global", "[a]\n\tx = global\n")
        world.environment["GIT_CONFIG_NOSYSTEM"] = "1"
        try await compare(world, keys)
        world.environment["GIT_CONFIG_COUNT"] = "3"
        #expect(throws: WorkingRepositoryError.configuration(path: "GIT_CONFIG_KEY_2", line: 0)) {
            try world.open().setting("a.b")
        }
        #expect(home == world.environment["HOME"])
    }

    @Test(arguments: [
        ("gitdir:~/../work/", false), ("gitdir:work/", true), ("gitdir:**/work/.git", true),
        ("gitdir:/nowhere/", false),
        ("gitdir:WORK/", false), ("gitdir/i:WORK/", true), ("gitdir:./../work/.git", false), ("gitdir:w?rk/", true),
        ("gitdir:w[a-p]rk/", true), ("gitdir:w[!a-p]rk/", false), ("gitdir:*/.git", true), ("gitdir:/*.git", false),
        ("gitdir:wo*/", true),
        ("onbranch:main", true), ("onbranch:ma*", true), ("onbranch:main/", false), ("onbranch:other", false),
        ("hasconfig:remote.*.url:https://example.org/**", true),
        ("hasconfig:remote.*.url:https://example.org/*", false),
        ("nonsense:x", false),
    ])
    func `Includes are followed where their conditions hold`(condition: String, holds: Bool) async throws {
        let world = try await LocalWorld()
        try await world.git("config", "remote.origin.url", "https://example.org/a/b")
        try world.write(
            "home/.gitconfig",
            """
            [a]
                b = before
                c = before
            [include]
                path = ~/more
            [includeIf "\(condition)"]
                path = sub/conditional
            [include]
                path = not-there

            """)
        try world.write("home/more", "[a]\nc = more\n")
        try world.write("home/sub/conditional", "[a]\nb = conditional\n[include]\npath = ../deep\n")
        try world.write("home/deep", "[a]\nd = deep\n")
        let keys = ["a.b", "a.c", "a.d"]
        try await compare(world, keys)
        #expect(try world.open().setting("a.b") == (holds ? "conditional" : "before"))
    }

    @Test func `A broken file is named with its line, and one that includes itself ends`() async throws {
        let world = try await LocalWorld()
        let path = try world.folder.write("home/.gitconfig", "[a]\nb = 1\n[broken\n")
        #expect(throws: WorkingRepositoryError.configuration(path: path, line: 3)) { try world.open().setting("a.b") }
        try world.write("home/.gitconfig", "[include]\npath = .gitconfig\n")
        #expect(throws: WorkingRepositoryError.self) { try world.open().setting("a.b") }
    }

    @Test func `The repository's own file may include one of the home`() async throws {
        let world = try await LocalWorld()
        try world.write("home/more", "[a]\nb = more\n")
        try await world.git("config", "include.path", "~/more")
        try await world.repository.commit("one")
        #expect(try world.open().setting("a.b") == "more")
        #expect(try world.open().head().commit != nil)
    }
}
