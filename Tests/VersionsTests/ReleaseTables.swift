import Versions

/// The order of release tags: the rules of `docs/versions.md`, and tags of real projects, a prefix left off.
enum ReleaseTables {
    static let all = rules + dates + projects

    static let rules = [
        OrderChain(
            .release, from: "the same release",
            "1.2 = 1.2.0 = v1.2 = V1.2.0 = 1.2.0.0 = 1_2 = 1-2 = v1_2_0 = v.1.2 = 1.02 = 1.2.0+build.5 = 1.2+x"),
        OrderChain(
            .release, from: "numbers",
            "0 < 0.0.1 < 0.9 < 0.10 < 1 < 1.0.0.1 < 1.0.1 < 1.2.3 < 1.2.3.4 < 1.2.3.10 < 1.2.4 < 2 < 10"),
        OrderChain(
            .release, from: "numbers of many digits",
            """
            1.2.999999 < 1.2.1000000 < 1.3 < 1.999999.999999 < 1.1000000 < 1.1000000.0.1 < 1.1000001 < 999999.999999.999999 \
            < 1000000 < 1000000.0.1 < 20240131 < 18446744073709551615 < 18446744073709551616 < 36893488147419103232.1
            """),
        OrderChain(
            .release, from: "everyday pre-releases",
            """
            1.0.dev3 < 1.0.dev20 < 1.0-alpha < 1.0alpha1 = 1.0a1 = 1.0.alpha-1 = 1.0-Alpha.1 = 1.0.0-alpha.1 < 1.0b2 = 1.0_beta2 \
            < 1.0b10 < 1.0-canary.1 < 1.0-M1 = 1.0.milestone1 < 1.0-M2 < 1.0-nightly < 1.0-pre3 < 1.0-preview \
            < 1.0rc1 = 1.0-RC1 = 1.0.c1 = 1.0-CR1 < 1.0-rc2 < 1.0rc10 < 1.0-SNAPSHOT < 1.0
            """),
        OrderChain(
            .release, from: "development versions of pre-releases, patches of pre-releases",
            "1.0.dev1 < 1.0a1.dev2 < 1.0a1dev3 < 1.0a1 < 1.0a1.post1 < 1.0a2 < 1.0rc1-dev < 1.0rc1 < 1.0-rc1-p1 < 1.0"),
        OrderChain(
            .release, from: "patches",
            """
            1.0 < 1.0.post0 < 1.0.post1 = 1.0-1 = 1.0p1 = 1.0-p1 = 1.0-r1 = 1.0_patch1 = 1.0-hotfix.1 = 1.0pl1 < 1.0p2 \
            < 1.0p10 < 1.0.0.1 < 1.0.1
            """),
        OrderChain(
            .release, from: "letters",
            "1.1.1 < 1.1.1a < 1.1.1b = 1.1.1B < 1.1.1w-rc1 < 1.1.1w < 1.1.1z < 1.1.1za < 1.1.2"),
        OrderChain(
            .release, from: "words that every release has",
            "4.0.CR2 < 4.0 = 4.0.Final = 4.0.GA = 4.0-RELEASE = 4.0-stable < 4.0.Final-1"),
        OrderChain(
            .release, from: "the same words where SemVer has a pre-release",
            """
            4.0.0-stable-rc1 < 4.0.0-releases < 4.0.0 = 4.0.0-release = v4.0.0-Final = 4.0.0-GA = 4.0.0-stable+b.1 \
            < 4.0.0-final.1 = 4.0.0-release-1 = 4.0.0-ga1 < 4.0.1-release
            """),
        OrderChain(
            .release, from: "unknown words are pre-releases",
            "1.0-8f3c2a1 < 1.0-jre < 1.0-linux-x64 < 1.0 < 1.1-foo < 1.1"),
        OrderChain(
            .release, from: "SemVer wins where it is SemVer",
            """
            v1.0.0-1 < v1.0.0-29 < 1.0.0-RC1 < 1.0.0-alpha < 1.0.0-dev < 1.0.0-rc.2 < 1.0.0-rc1 < 1.0.0-rc10 < 1.0.0-rc2 \
            < 1.0.0-x < 1.0.0 < 1.0.0p1
            """),
        OrderChain(
            .release, from: "SemVer among others",
            "1.0.dev1 < 1.0.0-alpha = 1.0-alpha < 1.0a1 < 1.0.0-beta.2 < 1.0b11 = 1.0.0-beta.11 < 1.0.0-rc.1 = 1.0rc1 < 1.0 = 1.0.0"
        ),
        OrderChain(
            .release, from: "numbers of any length",
            "18446744073709551615 < 18446744073709551616 < 99999999999999999998.1 < 99999999999999999999"),
    ]

    static let dates = [
        OrderChain(
            .release, from: "dotted dates",
            "2023.12.31 < 2024.01.15 = 2024.1.15 = 2024-01-15 = 2024_01_15 < 2024.1.16 < 2024.10.1"),
        OrderChain(.release, from: "digits alone", "20231231 < 20240115 < 20240115.1 < 20240115.2 < 20240201"),
        OrderChain(.release, from: "hyphens", "2023-12-31 < 2024-01-15 < 2024-01-15-1 < 2024-01-15-2 < 2024-10-01"),
        OrderChain(
            .release, from: "a second release of a day",
            "2024.01.15 < 2024.01.15-1 < 2024.01.15-2 < 2024.01.15.1 < 2024.01.16"),
        OrderChain(
            .release, from: "MinIO, behind RELEASE.",
            "2023-12-23T07-19-11Z < 2024-01-05T22-17-24Z < 2024-01-16T16-07-38Z < 2024-01-16T16-07-39Z < 2024-10-02T17-50-41Z"
        ),
        OrderChain(
            .release, from: "Home Assistant",
            "2023.12.4 < 2024.1.0b0 < 2024.1.0b1 < 2024.1.0b10 < 2024.1.0 < 2024.1.6 < 2024.2.0b0 < 2024.10.0"),
        OrderChain(
            .release, from: "yt-dlp", "2023.01.06 < 2023.03.04 < 2023.12.30 < 2024.03.10 < 2024.08.06 < 2024.10.07"),
        OrderChain(
            .release, from: "nixpkgs and Ubuntu",
            "22.04 < 22.10 < 22.11 < 23.05 < 23.11-beta < 23.11 < 24.04.1 < 24.05 < 24.11 < 25.05"),
    ]

    static let projects = [
        OrderChain(
            .release, from: "OpenSSL, behind OpenSSL_",
            """
            0_9_8 < 0_9_8a < 0_9_8y < 0_9_8za < 0_9_8zh < 1_0_0-beta1 < 1_0_0 < 1_0_0t < 1_0_2-beta3 < 1_0_2 < 1_0_2a < 1_0_2u \
            < 1_1_0-pre1 < 1_1_0 < 1_1_0l < 1_1_1-pre9 < 1_1_1 < 1_1_1a < 1_1_1w
            """),
        OrderChain(
            .release, from: "OpenSSL, behind openssl-",
            "3.0.0-alpha17 < 3.0.0-beta1 < 3.0.0-beta2 < 3.0.0 < 3.0.15 < 3.1.0 < 3.4.0"),
        OrderChain(
            .release, from: "OpenSSH",
            "V_2_9_9 < V_3_0_P1 < V_8_9_P1 < V_9_7_P1 < V_9_8 < V_9_8_P1 < V_9_9_P1 < V_9_9_P2 < V_10_0_P2"),
        OrderChain(.release, from: "sudo, behind SUDO_", "1_9_9 < 1_9_15b1 < 1_9_15 < 1_9_15p1 < 1_9_15p5 < 1_9_16"),
        OrderChain(
            .release, from: "curl, behind curl-",
            "7_9_8-pre1 < 7_9_8 < 7_10 < 7_88_1 < 8_0_0 < 8_5_0 < 8_10_0-rc1 < 8_10_0 < 8_10_1"),
        OrderChain(
            .release, from: "jq, behind jq-", "1.3 < 1.5rc1 < 1.5rc2 < 1.5 < 1.6rc1 < 1.6 < 1.7rc2 < 1.7 < 1.7.1"),
        OrderChain(
            .release, from: "PostgreSQL, behind REL_",
            "15_BETA1 < 15_BETA4 < 15_RC1 < 15_RC2 < 15_0 < 15_1 < 15_10 < 16_BETA1 < 16_0 < 16_1"),
        OrderChain(
            .release, from: "Linux",
            "v2.6.11 < v2.6.39.4 < v5.19 < v6.6-rc1 < v6.6-rc7 < v6.6 < v6.6.1 < v6.6.10 < v6.7-rc8 < v6.10-rc1 < v6.10"
        ),
        OrderChain(
            .release, from: "Go, behind go",
            "1 < 1.0.1 < 1.1rc2 < 1.1 < 1.9beta1 < 1.9rc1 < 1.9 < 1.21rc4 < 1.21.0 < 1.21.13 < 1.22rc1 < 1.22rc2 < 1.22.0"
        ),
        OrderChain(
            .release, from: "Kubernetes",
            """
            v1.28.4 < v1.29.0-alpha.0 < v1.29.0-alpha.3 < v1.29.0-beta.0 < v1.29.0-rc.0 < v1.29.0-rc.2 < v1.29.0 < v1.29.1 \
            < v1.30.0-alpha.0
            """),
        OrderChain(
            .release, from: "CPython",
            """
            v2.7.18 < v3.9.0 < v3.13.0a1 < v3.13.0a6 < v3.13.0b1 < v3.13.0b4 < v3.13.0rc1 < v3.13.0rc2 < v3.13.0rc3 < v3.13.0 \
            < v3.13.1 < v3.14.0a1
            """),
        OrderChain(
            .release, from: "Ruby",
            "v1_8_7_374 < v1_9_3_0 < v1_9_3_551 < v3_3_0_preview1 < v3_3_0_preview3 < v3_3_0_rc1 < v3_3_0 < v3_3_10"),
        OrderChain(
            .release, from: "PHP, behind php-",
            "7.4.33 < 8.3.0alpha1 < 8.3.0beta3 < 8.3.0RC1 < 8.3.0RC6 < 8.3.0 < 8.3.1RC1 < 8.3.1"),
        OrderChain(
            .release, from: "Node.js",
            "v0.12.18 < v4.0.0-rc.1 < v4.0.0-rc.5 < v4.0.0 < v18.20.4 < v20.0.0 < v20.9.0 < v20.10.0"),
        OrderChain(
            .release, from: "systemd",
            "v9 < v186 < v249.17 < v254-rc1 < v254-rc3 < v254 < v254.1 < v254.10 < v255-rc1 < v255"),
        OrderChain(.release, from: "tmux", "1.9a < 2.9 < 2.9a < 3.2-rc < 3.2 < 3.2a < 3.3-rc < 3.3 < 3.3a < 3.4"),
        OrderChain(
            .release, from: "Vim",
            "v8.2.5172 < v9.0.0000 < v9.0.0001 < v9.0.0999 < v9.0.1000 < v9.0.2190 < v9.1.0000 < v9.1.0001"),
        OrderChain(
            .release, from: "git",
            "v1.9-rc0 < v1.9.0 < v2.9.5 < v2.43.0-rc0 < v2.43.0-rc2 < v2.43.0 < v2.43.1 < v2.44.0-rc0"),
        OrderChain(
            .release, from: "LLVM, behind llvmorg-",
            "17.0.0-rc1 < 17.0.0-rc4 < 17.0.6 < 18-init < 18.1.0-rc1 < 18.1.0 < 18.1.8"),
        OrderChain(.release, from: "Boost, behind boost-", "1.84.0.beta1 < 1.84.0 < 1.85.0.beta1 < 1.85.0"),
        OrderChain(
            .release, from: "Erlang/OTP, behind OTP-",
            "17.5.6.10 < 26.2.5 < 26.2.5.3 < 26.2.5.10 < 27.0-rc1 < 27.0-rc3 < 27.0 < 27.0.1"),
        OrderChain(
            .release, from: "Spring",
            "v4.3.30.RELEASE < v5.0.0.M1 < v5.0.0.M5 < v5.0.0.RC1 < v5.0.0.RC4 < v5.0.0.RELEASE < v5.0.1.RELEASE < v6.0.0"
        ),
        OrderChain(
            .release, from: "Hibernate and Netty",
            "4.1.0.Beta1 < 4.1.0.Beta8 < 4.1.0.CR1 < 4.1.0.CR7 < 4.1.0.Final < 4.1.1.Final < 4.1.100.Final"),
        OrderChain(.release, from: "Django", "4.2.16 < 5.0a1 < 5.0b1 < 5.0rc1 < 5.0 < 5.0.1 < 5.0.10 < 5.1a1"),
        OrderChain(.release, from: "WordPress", "6.3.2 < 6.4-beta1 < 6.4-beta4 < 6.4-RC1 < 6.4-RC3 < 6.4 < 6.4.1"),
        OrderChain(.release, from: "ImageMagick, which is SemVer", "7.1.0-62 < 7.1.1-9 < 7.1.1-29 < 7.1.1-30"),
        OrderChain(
            .release, from: "Java, behind jdk-", "17.0.9+8 = 17.0.9+9 = 17.0.9+10 < 21+35 < 21.0.1+12 < 21.0.2+13"),
        OrderChain(.release, from: "WireGuard", "v0.0.20191219 < v1.0.20200206 < v1.0.20210606 < v1.0.20210914"),
        OrderChain(.release, from: "llama.cpp, behind b", "999 < 1000 < 4500 < 10000"),
        OrderChain(
            .release, from: "bash and readline", "5.1 < 5.2-alpha < 5.2-beta < 5.2-rc1 < 5.2-rc4 < 5.2 < 5.2.15"),
    ]
}
