/// What makes a mistake, and what looks like it and does not: a check that finds nothing has to be shown to bite.
struct MistakeSample: Sendable {
    /// The name of the file that the text would be.
    let file: String
    let text: String

    init(_ file: String, _ text: String) {
        self.file = file
        self.text = text
    }

    /// Each of these is found.
    static let bad: [Mistake: [MistakeSample]] = [
        .fetchWithoutHash: [
            .init(
                "a.nix", #"import (builtins.fetchTarball "https://github.com/NixOS/nixpkgs/archive/master.tar.gz") { }"#
            ),
            .init("a.nix", #"import (fetchTarball { url = "https://example.org/x.tar.gz"; }) { }"#),
            .init("a.nix", "builtins.fetchGit ./.\n"),
            .init("a.nix", "pkgs.fetchurl {\n  url = \"https://example.org/x\";\n}\n"),
            .init("a.nix", "# hash\nbuiltins.fetchurl url\n"),
        ],
        .pipedDownload: [
            .init("a.sh", "curl -L https://nixos.org/nix/install | sh"),
            .init("a.sh", "curl -sSf \\\n    -L https://install.example.org/nix | \\\n    sh -s -- install"),
            .init("Containerfile", "FROM scratch\nRUN wget -qO- https://example.org/x | sudo bash"),
            .init("a.sh", #"sh -c "$(curl -fsSL https://example.org/install.sh)""#),
            .init("a.sh", "bash <(curl https://example.org/install.sh)"),
        ],
        .uncheckedDownload: [
            .init("Containerfile", "FROM scratch\nADD https://example.org/nix.tar.xz /"),
            .init(
                "Containerfile",
                "FROM scratch\nRUN curl -LO \\\n    https://example.org/nix.tar.xz && tar xf nix.tar.xz"),
        ],
        .swallowedLine: [
            .init("Containerfile", "FROM scratch\nRUN apk add nix # the package manager \\\n    && adduser builder"),
            .init("Containerfile", "FROM scratch\nRUN apk add nix \\ # the package manager\n    && adduser builder"),
            .init("Containerfile", "FROM scratch\nRUN apk add nix && \\\n\n    adduser builder"),
            .init("Containerfile", "FROM scratch\nRUN apk add nix && \\\n"),
            .init("Containerfile", "FROM scratch\nRUN echo 'a\\\n' # b \\\n  && c"),
            .init("Containerfile", "FROM scratch\nRUN cat <<END\nnever ends\n"),
            .init("a.sh", "podman run --rm \\ # as nobody\n    --user 65534 image"),
            .init("a.sh", "podman run --rm \\ \n    --user 65534 image"),
            .init("a.sh", "podman run --rm # as nobody \\\n    --user 65534 image"),
        ],
        .forcedDNS: [
            .init("a.sh", "podman run --dns 192.0.2.1 image"),
            .init("a.sh", "echo 'nameserver 192.0.2.1' >/etc/resolv.conf"),
            .init("a.sh", "podman build --dns=8.8.8.8 ."),
            .init("builder.container", "[Container]\nDNS=1.1.1.1"),
            .init("pod.yaml", "spec:\n  dnsPolicy: None\n  dnsConfig:\n    nameservers: [192.0.2.1]"),
        ],
        .vfkitOnLinux: [
            .init("shell.nix", "{ pkgs }:\npkgs.mkShell { packages = with pkgs; [ podman vfkit qemu ]; }"),
            .init("a.sh", "podman machine init\nexec vfkit --cpus 2"),
        ],
        .setBeforeInit: [
            .init("a.sh", "podman machine set --rootful\npodman machine init"),
            .init("a.sh", "podman machine set --memory 4096"),
        ],
        .storePathInMachine: [
            .init("a.sh", "podman machine init --image /nix/store/abc-image/disk"),
            .init("a.sh", "podman machine init --ignition-path \"$(command -v vfkit)\" # on Darwin"),
        ],
        .privileged: [
            .init("a.sh", "podman run --privileged image"),
            .init("a.sh", "podman run --rm \\\n    --privileged \\\n    image"),
            .init("pod.yaml", "securityContext:\n  privileged: true"),
            .init("a.container", "[Container]\nPodmanArgs=--privileged"),
        ],
        .privateKey: [
            .init("insecure_rsa", "-----BEGIN RSA PRIVATE KEY-----\nMII"),
            .init("a.sh", "cat <<END\n-----BEGIN OPENSSH PRIVATE KEY-----\nEND"),
            .init("a.sh", "# -----BEGIN PRIVATE KEY-----"),
        ],
        .keyAtBuild: [
            .init("Containerfile", "FROM scratch\nRUN ssh-keygen -A"),
            .init("Containerfile", "FROM scratch\nCOPY keys/ssh_host_ed25519_key /etc/ssh/"),
            .init("docker.nix", "runAsRoot = ''\n  ssh-keygen -t ed25519 -f /etc/ssh/key\n'';"),
        ],
        .uncheckedHost: [
            .init("a.sh", "ssh -o StrictHostKeyChecking=no builder true"),
            .init("ssh_config", "Host builder\n  StrictHostKeyChecking off"),
            .init("a.sh", "NIX_SSHOPTS='-o UserKnownHostsFile=/dev/null' nix-build"),
        ],
        .latest: [
            .init("a.sh", "podman run docker.io/library/alpine:latest"),
            .init("docker.nix", "dockerTools.buildImage { name = \"x\"; tag = \"latest\"; }"),
            .init("a.container", "[Container]\nImage=localhost/nix-builder:latest"),
        ],
        .imageWithoutDigest: [
            .init("Containerfile", "FROM docker.io/library/alpine:3.22"),
            .init("Containerfile", "FROM --platform=linux/amd64 alpine AS base\nFROM base"),
            .init("a.yml", "jobs:\n  a:\n    container:\n      image: docker.io/library/debian:12"),
        ],
        .channel: [
            .init("a.nix", "{ pkgs ? import <nixpkgs> { } }: pkgs"),
            .init("a.sh", "nix-channel --update"),
            .init("a.sh", "nix-shell -p podman --run true"),
            .init("a.sh", "nix-env -iA nixpkgs.jq"),
            .init("a.sh", "nix run nixpkgs#skopeo -- --version"),
            .init("a.sh", "nix-build -I nixpkgs=channel:nixos-25.05"),
        ],
        .cachedProgram: [
            .init(
                "a.yml",
                ".pinr:\n  cache:\n    paths: [bin]\na:\n  cache: []\nb:\n  extends: .pinr\n  script:\n    - pinr propose"
            ),
            .init("a.yml", "a:\n  cache:\n    paths: [bin]\n  script:\n    - pinr propose --forge gitlab"),
        ],
        .actionByTag: [
            .init("a.yml", "steps:\n  - uses: actions/checkout@v4"),
            .init("a.yml", "steps:\n  - name: x\n    uses: \"cachix/install-nix-action@main\""),
        ],
    ]

    /// In none of these anything is found.
    static let good: [MistakeSample] = [
        .init("a.nix", "builtins.fetchTarball {\n  inherit (pin) url;\n  sha256 = pin.hash;\n}"),
        .init("a.nix", "{ fetchurl, fetchGit ? builtins.fetchGit }: { inherit fetchurl; }"),
        .init("a.nix", "# never fetchTarball \"https://example.org\" nor <nixpkgs>\n1"),
        .init(
            "a.sh",
            "#!/bin/sh\n# no --privileged, no :latest, no StrictHostKeyChecking=no\npodman run --rm image # not --privileged"
        ),
        .init("a.sh", "curl -fsSo file https://example.org/file && sh -n script | cat"),
        .init("a.sh", "podman machine init\npodman machine set --rootful=false"),
        .init("a.sh", "case $(uname -s) in\n    Darwin) exec vfkit ;;\nesac"),
        .init("a.sh", "printf '%s \\\\ # %s\\n' a b\nssh -o StrictHostKeyChecking=yes builder"),
        // What QEMU's own network forwards to the machine's server.
        .init("a.sh", "echo 'nameserver 10.0.2.3' >file"),
        .init("ssh_config", "UserKnownHostsFile known\nGlobalKnownHostsFile /dev/null\nStrictHostKeyChecking yes"),
        .init("a.sh", "ssh-keygen -q -t ed25519 -N '' -f key"),
        .init(
            "Containerfile",
            """
            # Base of the image.
            ARG BASE
            FROM ${BASE} AS base
            FROM base
            # A comment between lines that go on is left out, by builders too.
            RUN apk add --no-network nix \\
                # the daemon's users
                && echo 'a # b' \\
                && echo a#b
            RUN <<END
            # a comment here is the shell's
            true
            END
            ADD --checksum=sha256:\(String(repeating: "0", count: 64)) https://example.org/x /x

            """),
        .init("a.yml", "steps:\n  - uses: ./\n  - uses: actions/checkout@\(String(repeating: "a", count: 40)) # v4"),
        .init("pod.yaml", "image: localhost/nix-builder:pins-0123456789ab\nsecurityContext:\n  privileged: false"),
    ]
}
