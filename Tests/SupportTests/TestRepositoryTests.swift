import Foundation
import Support
import Testing

@Suite struct TestRepositoryTests {
    @Test func isTheSameEveryTime() async throws {
        let directory = TemporaryDirectory()
        var revisions: [[String]] = []
        for name in ["one", "two"] {
            let repository = try await TestRepository(at: directory.file(name), branch: "trunk")
            try repository.write("bin/run", "#!/bin/sh\n", executable: true)
            try repository.symlink("link", to: "bin/run")
            let first = try await repository.commit("first")
            try repository.write("file", "x")
            try await repository.addSubmodule("sub", url: "https://example.org/sub.git", revision: first)
            let second = try await repository.commit("second", date: TestRepository.epoch + 60)
            try await repository.tag("v1", at: first)
            try await repository.tag("v2", message: "two")
            try await repository.branch("other", at: first)
            revisions.append([first, second, try await repository.git("rev-parse", "v2")])
            #expect(try await repository.revision("v2") == second)
            #expect(try await repository.git("symbolic-ref", "HEAD") == "refs/heads/trunk")
            let tree = try await repository.git("ls-tree", "-r", "HEAD")
            #expect(
                tree.split(separator: "\n").map { $0.prefix(6) } == ["100644", "100755", "100644", "120000", "160000"])
        }
        #expect(revisions[0] == revisions[1])
        #expect(revisions[0][2] != revisions[0][1], "an annotated tag is an object of its own")
    }

    @Test func pushesAndServesDumbly() async throws {
        let directory = TemporaryDirectory()
        let work = try await TestRepository(at: directory.file("work"))
        try await work.commit("one")
        let bare = try await work.bareCopy(at: directory.file("bare/a.git"))
        let revision = try await work.commit("two")
        try await work.checkout("topic")
        try await work.push(to: bare)
        try await bare.updateServerInfo()
        #expect(try await bare.revision("topic") == revision)
        let server = try await WebServer(root: directory.file("bare"))
        let refs = try await work.git("ls-remote", server.url("/a.git"), "main")
        #expect(refs == "\(revision)\trefs/heads/main")
    }
}
