import Support
import Testing

/// A project in which one source of every kind is pinned, and what each of them has in it.
enum Sources {
    /// The names of the pins, sorted.
    static let names = ["archive", "artifact", "channel", "file", "folder-file", "git", "gitfile", "github", "zip"]

    /// Each kind's first file and its contents; an empty path for what is a file itself.
    static func contents(of name: String) -> (path: String, text: String) {
        switch name {
        case "archive", "zip": ("lib/a.txt", "in an archive\n")
        case "artifact": ("", "{\"n\":1}\n")
        case "channel": ("lib/x", "1\n")
        case "file": ("", "a file\n")
        case "folder-file": ("", "of this machine\n")
        default: ("default.nix", "\"one\"\n")
        }
    }

    /// Pins them, or those of them that are named.
    static func project(_ wanted: [String] = names) async throws -> Project {
        let upstream = try await Upstream.shared()
        let project = try await Project.connected()
        for name in wanted {
            try await project.pinr("add", try await notation(name, upstream, project), "--name", name).expect(0)
        }
        return project
    }

    private static func notation(_ name: String, _ upstream: Upstream, _ project: Project) async throws -> String {
        let unique = upstream.uniqueName("kind-")
        let tree = [contents(of: name).path: contents(of: name).text, "bin/x": "#!/bin/sh\n"]
        switch name {
        case "channel": return "channel:" + (try await upstream.channel(unique)).name
        case "artifact": return "channel:" + (try await upstream.channel(unique)).name + "#packages.json"
        case "archive":
            return try upstream.put("files/\(unique).tar.gz", try await upstream.archive(unique, tree))
        case "zip":
            let bytes = try await upstream.archive(unique, tree, command: ["zip", "-qr"], ending: "zip")
            return try upstream.put("files/\(unique).zip", bytes)
        case "file":
            try upstream.put("files/\(unique) x.txt", contents(of: name).text.utf8)
            return upstream.url("/files/\(unique)%20x.txt")
        case "folder-file":
            try project.write("local file.txt", contents(of: name).text)
            return "file://\(project.file("local%20file.txt"))"
        case "git": return "git+" + (try await upstream.github()).url
        case "gitfile": return "git+file://" + (try await upstream.github()).bare.path
        default: return try await upstream.github().notation
        }
    }
}
