import Foundation
import Testing

@Suite struct ConsoleBlocksTests {
    private static let page = """
        # Page

        ```sh
        $ not this
        ```

        ```console
        $ printf 'a\\nb\\n'
        a
        b
        $ cat <<END
        > one
        > END
        …
        ```
        """

    @Test func commandsAreThoseOfAReader() {
        let commands = ConsoleBlocks(Self.page).commands
        #expect(commands.map(\.text) == ["printf 'a\\nb\\n'", "cat <<END\none\nEND"])
        #expect(commands.map(\.output) == [["a", "b"], ["…"]])
        #expect(commands.map(\.line) == [8, 11])
    }

    @Test(arguments: [
        (["a", "b"], ["a", "b"], true), (["a"], ["a", "b"], false), (["a", "b"], ["a"], false),
        (["…"], [], true), (["…"], ["a", "b"], true), (["…", "z"], ["a", "b", "z"], true), (["…", "z"], ["a"], false),
        (["/nix/store/…-hello"], ["/nix/store/abc-hello"], true),
        (["/nix/store/…-hello"], ["/nix/store/abc-hullo"], false),
        (["x@sha256:…"], ["x@sha256:12"], true), (["x@sha256:…"], ["y@sha256:12"], false), ([], ["a"], false),
    ])
    func whatIsPrintedIsCompared(_ expected: [String], _ lines: [String], _ isAllowed: Bool) {
        #expect(ConsoleBlocks.Command(line: 1, text: "", output: expected).allows(lines) == isAllowed)
    }

    @Test func outputIsThatOfItsCommand() {
        let blocks = ConsoleBlocks(Self.page)
        #expect(blocks.outputs(of: "m 0\na\nb\nm 1\nm x\n", mark: "m") == [0: ["a", "b"], 1: []])
    }
}
