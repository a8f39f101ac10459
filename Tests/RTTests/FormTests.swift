import Testing

@testable import RTDialect

@Suite("RT's forms")
struct FormTests {
    @Test("a list is folded before seventy characters and set off")
    func folding() {
        var form = Form()
        form.add("id", "ticket/1")
        form.add("Cc", list: (0...4).map { "s0123abcdp\($0)@example.com" })
        form.add("AdminCc", list: [])
        let expected = """
            id: ticket/1

            Cc: s0123abcdp0@example.com, s0123abcdp1@example.com,
                s0123abcdp2@example.com, s0123abcdp3@example.com,
                s0123abcdp4@example.com

            AdminCc:

            """
        #expect(Form.compose([form]) == expected)
    }

    @Test("continued lines lose their common indent")
    func continuation() {
        let read = FormReading.read("id: ticket/new\nText:\n  one\n\n    two\n\nnonsense\nCF.{A b}: x\n--\n\n")
        #expect(read.count == 1)
        #expect(read[0].form["text"] == ["one\n\n  two"])
        #expect(read[0].form["CF.{A b}"] == ["x"])
    }
}
