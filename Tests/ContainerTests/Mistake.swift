/// The mistakes of earlier setups that can be seen in a file.
enum Mistake: String, CaseIterable, Sendable {
    case fetchWithoutHash = "something is fetched without a hash"
    case pipedDownload = "a download is run as it comes"
    case uncheckedDownload = "a download into an image is not compared with a hash"
    case swallowedLine = "a comment or a blank swallows lines"
    case forcedDNS = "names are asked of a server that the machine did not choose"
    case vfkitOnLinux = "vfkit, which is macOS's, without asking for macOS"
    case setBeforeInit = "a podman machine is changed before it is made"
    case storePathInMachine = "a store path in the state of a podman machine, which outlives it"
    case privileged = "a container with all privileges"
    case privateKey = "a private key"
    case keyAtBuild = "host keys made while an image is built, the same for everyone"
    case uncheckedHost = "the key of a host is not checked"
    case latest = "an image that is another one tomorrow"
    case imageWithoutDigest = "a base image, or a job's, without its digest"
    case channel = "a channel, or what a machine happens to have"
    case actionByTag = "an action by a name that can be moved"
    case cachedProgram = "a job with a token that may write takes programs from a cache that others write"

    /// The lines on which a file makes it, from 1.
    func lines(in file: TemplateFile) -> [Int] {
        switch self {
        case .fetchWithoutHash: file.kind == .nix ? Self.fetches(in: file) : []
        case .pipedDownload:
            file.lines(matching: /\b(curl|wget)\b[^|;&]*\|\s*(sudo\s+)?((\/usr)?\/bin\/)?(env\s+)?(ba|da|z|k)?sh\b/)
                + file.lines(matching: /(sh\s+-c|eval|--expr|sh\s+<)\s*["']?(\$\(|\(|`)\s*(curl|wget)\b/)
        case .uncheckedDownload: file.kind == .containerfile ? Self.downloads(in: file) : []
        case .swallowedLine:
            switch file.kind {
            case .containerfile: ContainerfileText(file.text).faults.map(\.line)
            case .shell, .yaml: Self.swallowed(in: file)
            default: []
            }
        case .forcedDNS:
            file.lines(matching: /--dns\b|\bdnsConfig:|\bdnsPolicy:\s*"?None|^\s*DNS=|>\s*\/etc\/resolv\.conf/)
                + file.lines(
                    matching:
                        /\bnameserver\s+(?!10\.|127\.|192\.168\.)["$0-9]|\b(8\.8\.[84]\.[84]|1\.[01]\.[01]\.1|9\.9\.9\.9)\b/
                )
        case .vfkitOnLinux: Self.vfkit(in: file)
        case .setBeforeInit: Self.sets(in: file)
        case .storePathInMachine:
            file.lines(
                matching: /\bmachine (init|set)\b.*(\/nix\/store|\$\((readlink|realpath|command -v|which|type -P)\b)/)
        case .privileged:
            file.lines(
                matching: /(^|[\s"'=])--privileged\b(?!=false)|\b[Pp]rivileged["']?\s*[:=]\s*["']?(true|yes|1)\b/)
        case .privateKey:
            // In comments too: it is published all the same.
            file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
                .filter { $0.element.firstMatch(of: /-----BEGIN [A-Z ]*PRIVATE KEY-----/) != nil }.map { $0.offset + 1 }
        case .keyAtBuild:
            file.kind == .containerfile || file.kind == .nix
                ? file.lines(
                    matching:
                        /\bssh-keygen\b(?!\s+-[lF])|\bCOPY\b.*\b(ssh_host_\w+_key|id_(rsa|ed25519|ecdsa))\b(?!\.pub)/)
                : []
        case .uncheckedHost:
            file.lines(matching: /(?i)StrictHostKeyChecking["'=\s]+(no|off|accept-new)\b/)
                + file.lines(matching: /(?i)\bUserKnownHostsFile["'=\s]+\/dev\/null/)
        case .latest:
            file.lines(matching: /[a-z0-9_.}-]:latest\b|\b[tT]ag["']?\s*[=:]\s*["']?latest\b/)
        case .imageWithoutDigest: Self.images(in: file)
        case .channel:
            file.lines(
                matching: /<nixpkgs[^>\n]*>|\bnix-channel\b|\bchannel:nix|nixos\.org\/channels|-I\s*["']?nixpkgs=/)
                + file.lines(
                    matching: /\bnix-shell\b.*\s(-p|--packages)\b|\bnix-env\s.*-\w*i|\bnixpkgs#|\bflake:nixpkgs\b/)
        case .cachedProgram: file.kind == .yaml ? Self.cached(in: file) : []
        case .actionByTag:
            file.kind == .yaml
                ? file.code.filter { line in
                    guard let use = line.text.firstMatch(of: /^\s*(-\s+)?uses:\s*["']?([^\s"'#]+)/)?.2 else {
                        return false
                    }
                    return !use.hasPrefix("./") && use.firstMatch(of: /@([0-9a-f]{40}|sha256:[0-9a-f]{64})$/) == nil
                }.map(\.number) : []
        }
    }
}

extension Mistake {
    /// Fetches of Nix without a hash: the argument is no set, or a set without one.
    private static func fetches(in file: TemplateFile) -> [Int] {
        let code = file.code
        let text = code.map(\.text).joined(separator: "\n")
        return text.matches(
            of: /\b(fetchTarball|fetchurl|fetchzip|fetchGit|fetchTree|fetchgit|fetchFromGitHub)\b/.wordBoundaryKind(
                .simple)
        )
        .compactMap { match in
            let rest = text[match.range.upperBound...].drop { $0.isWhitespace || $0 == "(" }
            // A name that is passed on, not called.
            guard let first = rest.first, !";,=?})]".contains(first) else { return nil }
            if first == ".", !rest.hasPrefix("./") { return nil }
            if first == "{" {
                var depth = 0
                let set = rest.prefix { character in
                    depth += character == "{" ? 1 : character == "}" ? -1 : 0
                    return depth > 0
                }
                if set.firstMatch(of: /\b(sha256|hash|narHash|outputHash)\b/.wordBoundaryKind(.simple)) != nil {
                    return nil
                }
            }
            let line = text[..<match.range.lowerBound].count { $0 == "\n" }
            return code[line].number
        }
    }

    private static func downloads(in file: TemplateFile) -> [Int] {
        ContainerfileText(file.text).instructions.filter { instruction in
            let text = instruction.arguments
            switch instruction.word {
            case "ADD":
                return text.firstMatch(of: /https?:\/\/|git@/) != nil && !text.contains("--checksum=sha256:")
            case "RUN":
                return text.firstMatch(of: /\b(curl|wget)\b.*https?:/.wordBoundaryKind(.simple)) != nil
                    && !text.contains("sha256sum -c")
            default: return false
            }
        }.map(\.line)
    }

    /// In a shell what stands behind a backslash ends the line: a blank, or a comment. And a comment does not go on.
    private static func swallowed(in file: TemplateFile) -> [Int] {
        file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().filter { _, line in
            let text = String(line)
            if Quoting.continuesInVain(text) { return true }
            guard text.hasSuffix("\\"), let comment = Quoting.comment(in: text) else { return false }
            // A line of comment that ends so swallows nothing: only what follows code does.
            return text[..<comment].contains { !$0.isWhitespace }
        }.map { $0.offset + 1 }
    }

    /// Where macOS's program is asked for, macOS has been asked about, a few lines before.
    private static func vfkit(in file: TemplateFile) -> [Int] {
        guard file.kind == .nix || file.kind == .shell || file.kind == .containerfile else { return [] }
        let code = file.code
        return code.indices.filter { index in
            code[index].text.contains("vfkit")
                && !code[max(0, index - 12)...index].contains { $0.text.firstMatch(of: /[dD]arwin|macos|macOS/) != nil }
        }.map { code[$0].number }
    }

    /// In GitLab's language, where a job has the cache of what it extends.
    private static func cached(in file: TemplateFile) -> [Int] {
        let code = file.code
        guard code.contains(where: { $0.text.firstMatch(of: /^  cache:\s*$/) != nil }) else { return [] }
        return code.indices.filter { index in
            guard code[index].text.firstMatch(of: /\bpinr propose\b/) != nil else { return false }
            let start = code[..<index].lastIndex { $0.text.firstMatch(of: /^[A-Za-z.]/) != nil } ?? 0
            return !code[start...index].contains { $0.text == "  cache: []" }
        }.map { code[$0].number }
    }

    private static func sets(in file: TemplateFile) -> [Int] {
        let made = file.lines(matching: /\bmachine init\b/).first ?? .max
        return file.lines(matching: /\bmachine set\b/).filter { $0 < made }
    }

    /// A base is named by its digest, by an argument that has it, or by an earlier stage; an image of a job by its digest.
    private static func images(in file: TemplateFile) -> [Int] {
        switch file.kind {
        case .containerfile:
            var stages: Set<String> = ["scratch"]
            return ContainerfileText(file.text).instructions.filter { $0.word == "FROM" }.filter { instruction in
                let words = instruction.arguments.split(separator: " ").filter { !$0.hasPrefix("--") }.map(String.init)
                let image = words.first ?? ""
                let isPinned = stages.contains(image) || image.contains("@sha256:") || image.hasPrefix("$")
                if words.count == 3 { stages.insert(words[2]) }
                return !isPinned
            }.map(\.line)
        case .yaml:
            return file.code.filter { line in
                guard let image = line.text.firstMatch(of: /^\s*(-\s+)?image:\s*["']?([^\s"'#]+)/)?.2 else {
                    return false
                }
                // One that was built here is named by what it was built from; one is filled in by a script.
                return image.firstMatch(of: /@sha256:[0-9a-f]{64}$/) == nil && !image.hasPrefix("localhost/")
                    && !image.hasPrefix("$") && !image.hasPrefix("@")
            }.map(\.number)
        default: return []
        }
    }
}
